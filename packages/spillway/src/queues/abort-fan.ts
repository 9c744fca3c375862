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

/** A place in a signal's list: made for one waiter, used for one wait. */
class AbortSeat implements Linked<AbortSeat> {
  prev: AbortSeat | undefined = undefined
  next: AbortSeat | undefined = undefined
  list: unknown = undefined
  readonly fan: AbortFan
  readonly onAbort: (reason: unknown) => void

  constructor(fan: AbortFan, onAbort: (reason: unknown) => void) {
    this.fan = fan
    this.onAbort = onAbort
  }
}

class AbortFan {
  readonly #signal: AbortSignal
  readonly #seats = new LinkedList<AbortSeat>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(seat: AbortSeat): void {
    if (this.#seats.size === 0) this.#signal.addEventListener('abort', this.#onAbort)
    this.#seats.pushBack(seat)
  }

  remove(seat: AbortSeat): void {
    if (this.#seats.remove(seat) && this.#seats.size === 0) {
      this.#signal.removeEventListener('abort', this.#onAbort)
    }
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#signal.reason
    this.#signal.removeEventListener('abort', this.#onAbort)
    for (let seat = this.#seats.shift(); seat; seat = this.#seats.shift()) seat.onAbort(reason)
  }
}

const fans = new WeakMap<AbortSignal, AbortFan>()

/** What `listenForAbort` returns, to be handed to `stopListening`. */
export type AbortListener = AbortSeat

/**
 * Calls `onAbort` with the signal's reason, once, when `signal` aborts. The signal must not be aborted yet.
 * Listeners are called in the order in which they came. `onAbort` must not throw. Costs O(1).
 */
export function listenForAbort(signal: AbortSignal, onAbort: (reason: unknown) => void): AbortListener {
  let fan = fans.get(signal)
  if (!fan) {
    fan = new AbortFan(signal)
    fans.set(signal, fan)
  }
  const seat = new AbortSeat(fan, onAbort)
  fan.add(seat)
  return seat
}

/** Takes a listener back. Doing it again, or after the abort, does nothing. Costs O(1). */
export function stopListening(listener: AbortListener): void {
  listener.fan.remove(listener)
}
