/**
 * Those who wait until nothing is left to do.
 *
 * Floor 4: imports `clock`, `errors`, `options`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { OverloadError } from '../errors/overload-error.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { Waiter, WaitList } from '../queues/wait-list.ts'

const MAX_WAITING = 1024

class IdleWaiter extends Waiter {
  readonly wake: () => void
  readonly onAbort: (reason: unknown) => void

  constructor(wake: () => void, giveUp: (reason: unknown) => void) {
    super()
    this.wake = wake
    this.onAbort = giveUp
  }

  onTimeout(): void {
    this.onAbort(new OverloadError('ERR_WAIT_TIMEOUT', 'drain: work is left after the allowed time'))
  }
}

/** At most 1024 callers of `drain`. */
export class IdleWaiters {
  readonly #waiters: WaitList<IdleWaiter>

  constructor(clock: Clock) {
    this.#waiters = new WaitList(clock, MAX_WAITING)
  }

  /** How many wait. */
  get size(): number {
    return this.#waiters.size
  }

  /** Resolves at once when idle, otherwise at the next `wake`. */
  async wait(idle: boolean, wait: WaitOptions): Promise<void> {
    const boundMs = waitBoundMs('drain', wait)
    wait.signal?.throwIfAborted()
    if (idle) return
    if (this.#waiters.isFull) throw new OverloadError('ERR_TOO_MANY_WAITING', 'drain: too many wait already')
    await new Promise<void>((resolve, reject) => {
      const waiter = new IdleWaiter(resolve, reject)
      if (boundMs <= 0) waiter.onTimeout()
      else this.#waiters.add(waiter, boundMs, wait.signal)
    })
  }

  /** Nothing is left to do. */
  wake(): void {
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) waiter.wake()
  }
}
