/**
 * One ask of a composition by callback: waits on one refuser after the other,
 * until all admit or one says no for good.
 *
 * A refuser that lets nobody wait is heard before `start` returns, without a
 * promise: refusing has to stay the cheap way out.
 *
 * Floor 2: imports `clock`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { type EntryListener, handOver, isCallbackGate, type Waiting, waitByPromise } from './callback-gate.ts'
import type { Ask, AsyncGate, Gate, Permit, Refusal } from './gate.ts'
import type { Held } from './held.ts'

/** After so many waits that ended in another gate's refusal, the last refusal stands. */
export const MAX_ROUNDS = 100

/** The gates, and who asks them. */
export interface Pursued {
  readonly gates: readonly Gate[]
  readonly clock: Clock
  readonly ask: Ask & WaitOptions
  /** What they have admitted so far. */
  readonly held: Held
}

/** Asks for one listener, which is told once. */
export class Pursuit implements EntryListener, Waiting {
  readonly #pursued: Pursued
  readonly #listener: EntryListener
  #startMs = 0
  /** The gate that is waited on. */
  #index = -1
  #place: Waiting | undefined = undefined
  #rounds = 0
  #isStarted = false
  #isOver = false

  constructor(pursued: Pursued, listener: EntryListener) {
    this.#pursued = pursued
    this.#listener = listener
  }

  /** Asks. @returns itself while it waits. @throws what a gate throws at a wrong ask */
  start(): Waiting | undefined {
    this.#pursue(this.#pursued.ask)
    this.#isStarted = true
    return this.#isOver ? undefined : this
  }

  abandon(reason: unknown): void {
    this.#place?.abandon(reason)
  }

  onAdmitted(permit: Permit): void {
    const { held, ask, clock } = this.#pursued
    held.take(this.#index, permit)
    this.#pursue(remainder(ask, clock.nowMs() - this.#startMs))
  }

  onRefused(refusal: Refusal): void {
    this.#giveUp()
    this.#listener.onRefused(refusal)
  }

  onAborted(reason: unknown): void {
    this.#giveUp()
    this.#listener.onAborted(reason)
  }

  onFailed(error: unknown): void {
    this.#giveUp()
    if (this.#listener.onFailed) this.#listener.onFailed(error)
    else this.#listener.onAborted(error)
  }

  #pursue(left: Ask & WaitOptions): void {
    try {
      this.#askAndWait(left)
    } catch (error) {
      // What the listener throws is not a fault of a gate; and at its start the one who asks is there to hear of one.
      if (this.#isOver || !this.#isStarted) {
        this.#giveUp()
        throw error
      }
      this.onFailed(error)
    }
  }

  #askAndWait(left: Ask & WaitOptions): void {
    const { gates, held, clock } = this.#pursued
    const refused = askNow(gates, left, held)
    if (!refused) {
      this.#isOver = true
      handOver(this.#listener, held.join())
      return
    }
    const { index, refusal } = refused
    if (isFinal(gates, index, left) || this.#rounds === MAX_ROUNDS) {
      this.onRefused(refusal)
      return
    }
    if (this.#rounds === 0) this.#startMs = clock.nowMs()
    this.#rounds++
    this.#index = index
    held.cancelPlaces()
    const gate = gates[index]!
    const place = isCallbackGate(gate)
      ? gate.request(left, this)
      : waitByPromise(left, this, (asked) => gate.enter(asked))
    if (place) this.#place = place
  }

  #giveUp(): void {
    this.#isOver = true
    this.#pursued.held.cancelAll()
  }
}

/** Asks every gate whose permit is not there yet, without waiting, up to the first that refuses. */
export function askNow(
  gates: readonly Gate[],
  ask: Ask | undefined,
  held: Held,
): { readonly index: number; readonly refusal: Refusal } | undefined {
  for (let index = 0; index < gates.length; index++) {
    if (held.has(index)) continue
    const answer = gates[index]!.tryEnter(ask)
    if (!answer.admitted) return { index, refusal: answer }
    held.take(index, answer)
  }
  return undefined
}

/** Whether a refusal stands, for an ask with these bounds. */
export function isFinal(gates: readonly AsyncGate[], index: number, left: Ask & WaitOptions): boolean {
  return gates[index]!.isJudge === true || waitBoundMs('compose', left) === 0
}

/** The ask with what is left of its bounds after `passedMs`. */
export function remainder(ask: Ask & WaitOptions, passedMs: number): Ask & WaitOptions {
  const left = (boundMs: number | undefined): number | undefined =>
    typeof boundMs !== 'number' || !(passedMs > 0) ? boundMs : Math.max(0, boundMs - passedMs)
  return { ...ask, timeoutMs: left(ask.timeoutMs), finishWithinMs: left(ask.finishWithinMs) }
}
