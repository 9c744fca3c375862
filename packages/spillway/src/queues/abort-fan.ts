/**
 * One `abort` listener per signal, however many wait on it.
 *
 * A listener for each waiter is quadratic in Node (40,000 took 3.4 s) and
 * warns from the eleventh on; here the listener is attached when the first
 * waiter comes and detached when the last one leaves. A waiter is its own
 * place in the signal's list: `npm run bench -- waiters` counts its bytes.
 *
 * Floor 1: imports nothing.
 */

/** A place in the ring of a fan: a seat, or the fan itself, where the ring begins and ends. */
interface RingPlace {
  before: RingPlace | undefined
  after: RingPlace | undefined
}

/** Something that can be called off by a signal. It is in the ring of one signal, or of none. */
export abstract class AbortSeat implements RingPlace {
  before: RingPlace | undefined = undefined
  after: RingPlace | undefined = undefined
  fan: AbortFan | undefined = undefined

  /** Its signal aborted. It has left the ring. Must not throw. */
  abstract onSignal(reason: unknown): void
}

const fans = new WeakMap<AbortSignal, AbortFan>()

/** The seats of one signal, in the order in which they were taken. */
class AbortFan implements RingPlace {
  before: RingPlace = this
  after: RingPlace = this
  readonly #signal: AbortSignal

  /** The fan of the signal from now on. */
  constructor(signal: AbortSignal) {
    this.#signal = signal
    fans.set(signal, this)
  }

  add(seat: AbortSeat): void {
    // Listening first: it throws when the signal is none, and then nothing has been touched.
    if (this.after === this) this.#signal.addEventListener('abort', this.#onAbort)
    seat.before = this.before
    seat.after = this
    seat.fan = this
    this.before.after = seat
    this.before = seat
  }

  remove(seat: AbortSeat): void {
    // A seat with a fan is in its ring, between two others.
    seat.before!.after = seat.after
    seat.after!.before = seat.before
    seat.before = seat.after = seat.fan = undefined
    if (this.after === this) this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    try {
      for (let seat = this.after; seat instanceof AbortSeat; seat = this.after) {
        this.remove(seat)
        seat.onSignal(this.#signal.reason)
      }
    } finally {
      // One that throws must not keep those behind it waiting.
      if (this.after !== this) this.#onAbort()
    }
  }
}

/**
 * Has `seat` told with the signal's reason, once, when `signal` aborts. The signal must not be aborted yet, and the
 * seat not taken. Seats are told in the order in which they were taken. Costs O(1).
 *
 * @throws TypeError when the signal is none; then nothing has changed
 */
export function takeSeat(signal: AbortSignal, seat: AbortSeat): void {
  const fan = fans.get(signal) ?? new AbortFan(signal)
  fan.add(seat)
}

/** Takes a seat back. Doing it again, or after the abort, does nothing. Costs O(1). */
export function stopListening(seat: AbortSeat): void {
  seat.fan?.remove(seat)
}

/** What `listenForAbort` returns, to be handed to `stopListening`. */
export class AbortListener extends AbortSeat {
  readonly onSignal: (reason: unknown) => void

  constructor(onAbort: (reason: unknown) => void) {
    super()
    this.onSignal = onAbort
  }
}

/** `takeSeat` for a function. */
export function listenForAbort(signal: AbortSignal, onAbort: (reason: unknown) => void): AbortListener {
  const listener = new AbortListener(onAbort)
  takeSeat(signal, listener)
  return listener
}
