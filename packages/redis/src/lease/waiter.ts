/**
 * A caller who waits for tokens: with its deadline and its signal. It leaves
 * once, and leaves nothing behind.
 */
import type { Cancel, Clock, Permit } from 'spillway'
import { whenAborted } from '../ledger/departures.ts'

/** Who waits, for what, and how long. */
export interface Wait {
  readonly cost: number
  readonly boundMs: number
  readonly signal: AbortSignal | undefined
  resolve(permit: Permit): void
  reject(reason: unknown): void
}

/** What happens when it gives up. Each is called after it has left. */
export interface WaiterDesk {
  readonly clock: Clock
  outOfPatience(waiter: Waiter): void
  abandon(waiter: Waiter): void
}

/** One who waits, from construction until `leave`. */
export class Waiter {
  readonly wait: Wait
  readonly #desk: WaiterDesk
  readonly #line: Set<Waiter>
  readonly #untilMs: number
  readonly #cancelTimer: Cancel
  readonly #stopListening: (() => void) | undefined

  /** @param line - where it stands, first come, first served */
  constructor(desk: WaiterDesk, line: Set<Waiter>, wait: Wait) {
    this.#desk = desk
    this.#line = line
    this.wait = wait
    this.#untilMs = desk.clock.nowMs() + wait.boundMs
    line.add(this)
    this.#cancelTimer = desk.clock.schedule(wait.boundMs, this.#onTimer)
    this.#stopListening = wait.signal && whenAborted(wait.signal, this.#onAbort)
  }

  /** What is left of its patience, in milliseconds. */
  get patienceMs(): number {
    return Math.max(0, this.#untilMs - this.#desk.clock.nowMs())
  }

  leave(): void {
    this.#line.delete(this)
    this.#cancelTimer()
    this.#stopListening?.()
  }

  readonly #onTimer = (): void => {
    this.leave()
    this.#desk.outOfPatience(this)
  }

  readonly #onAbort = (): void => {
    this.leave()
    this.#desk.abandon(this)
  }
}
