/**
 * One `abort` listener per signal, however many wait on it.
 *
 * A listener for each waiter is quadratic in Node (40,000 took 3.4 s) and
 * warns from the eleventh on; here the listener is attached when the first
 * waiter comes and detached when the last one leaves.
 *
 * Floor 1: imports nothing.
 */
import { type Linked, LinkedList } from './linked-list.ts'

type OnAbort<T> = (reason: unknown, target: T) => void

/** A place in a signal's list: made for one wait. It is in the list of its signal's fan, or in none. */
class AbortSeat implements Linked<AbortSeat> {
  prev: AbortSeat | undefined = undefined
  next: AbortSeat | undefined = undefined
  list: unknown = undefined
  readonly onAbort: OnAbort<unknown>
  readonly target: unknown

  constructor(onAbort: OnAbort<unknown>, target: unknown) {
    this.onAbort = onAbort
    this.target = target
  }
}

/** The waiters of one signal. */
class AbortFan extends LinkedList<AbortSeat> {
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    super()
    this.#signal = signal
  }

  seat(seat: AbortSeat): void {
    if (this.size === 0) this.#signal.addEventListener('abort', this.#onAbort)
    this.pushBack(seat)
  }

  leave(seat: AbortSeat): void {
    if (this.remove(seat) && this.size === 0) this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal.reason
    this.#signal.removeEventListener('abort', this.#onAbort)
    for (let seat = this.shift(); seat; seat = this.shift()) seat.onAbort(reason, seat.target)
  }
}

const fans = new WeakMap<AbortSignal, AbortFan>()

/** What `listenForAbort` returns, to be handed to `stopListening`. */
export type AbortListener = AbortSeat

/**
 * Calls `onAbort` with the signal's reason, once, when `signal` aborts. The signal must not be aborted yet.
 * Listeners are called in the order in which they came. `onAbort` must not throw. Costs O(1).
 *
 * @param target - handed to `onAbort`, so that many waiters can share one function
 */
export function listenForAbort<T>(signal: AbortSignal, onAbort: OnAbort<T>, target?: T): AbortListener {
  let fan = fans.get(signal)
  if (!fan) {
    fan = new AbortFan(signal)
    fans.set(signal, fan)
  }
  // The seat hands the function its own target and no other.
  const seat = new AbortSeat(onAbort as OnAbort<unknown>, target)
  fan.seat(seat)
  return seat
}

/** Takes a listener back. Doing it again, or after the abort, does nothing. Costs O(1). */
export function stopListening(listener: AbortListener): void {
  if (listener.list instanceof AbortFan) listener.list.leave(listener)
}
