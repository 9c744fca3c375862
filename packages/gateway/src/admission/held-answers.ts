/**
 * Answers that are held back, because whoever gets them does not listen.
 *
 * A refusal is cheap, but not free: a sender that asks again at once, over its
 * rate or with a key that is nobody's, could still take the time of all. So
 * only so many of its refusals a second are told at once; each further one is
 * told a moment later, and a sender that waits for answers slows down. Who
 * comes back when it was told to notices nothing.
 *
 * Held is the answer, not the connection: behind a proxy that may carry
 * everybody's requests.
 *
 * Imports `spillway`.
 */
import { RateLimiter } from 'spillway'

/** How long an answer is held. */
export const HELD_MS = 200
/** At most so many at a time; more are told at once, for what is held takes memory. */
const MOST_HELD = 2000
/** The fewest refusals a second that are told at once. */
const LEAST_PROMPT_PER_SECOND = 10

/** How many are held, of all. */
export class HeldAnswers {
  #held = 0

  get held(): number {
    return this.#held
  }

  /** Holds something for `HELD_MS`, if there is a place; `undefined` when there is none. The returned call lets go of it early. */
  hold(tell: () => void): (() => void) | undefined {
    if (this.#held >= MOST_HELD) return undefined
    this.#held++
    let isHeld = true
    const letGo = (): void => {
      if (!isHeld) return
      isHeld = false
      this.#held--
      clearTimeout(timer)
    }
    const timer = setTimeout(() => {
      letGo()
      tell()
    }, HELD_MS)
    return letGo
  }
}

/** Which refusals of one sender are told at once. */
export class Promptness {
  readonly #prompt: RateLimiter

  /** @param perSecond - as many as it may send, when it has a rate */
  constructor(perSecond: number) {
    const ratePerSecond = Math.max(perSecond, LEAST_PROMPT_PER_SECOND)
    this.#prompt = new RateLimiter({ ratePerSecond, burst: Math.ceil(ratePerSecond), maxWaiting: 0 })
  }

  /** Whether one more is to be held. */
  isHeld(): boolean {
    return !this.#prompt.allow()
  }
}
