/**
 * Answers that are held back, because whoever gets them does not listen.
 *
 * A refusal is cheap, but not free: a sender that asks again at once, over its
 * rate or with a key that is nobody's, could still take the time of all. So
 * only so many of its refusals a second are told at once; each further one is
 * told a moment later, and a sender that waits for answers slows down. Who
 * comes back when it was told to notices nothing.
 *
 * They are told one by one: told together they would come back together, and
 * whoever arrives then would wait behind all of them.
 *
 * Held is the answer, not the connection: behind a proxy that may carry
 * everybody's requests.
 *
 * Imports `spillway`.
 */
import { type Clock, RateLimiter, systemClock } from 'spillway'

/** How long an answer is held; longer when many are. */
export const HELD_MS = 200
/** How far apart held answers are told. */
const APART_MS = 1
/** At most so many at a time: what is held takes memory. */
export const MOST_HELD = 2000
/** The fewest refusals a second that are told at once. */
const LEAST_PROMPT_PER_SECOND = 10

interface Held {
  readonly dueMs: number
  tell(): void
}

/** What is held, of all senders, the oldest first. */
export class HeldAnswers {
  readonly #clock: Clock
  readonly #line = new Set<Held>()
  #isScheduled = false

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  get held(): number {
    return this.#line.size
  }

  /** Holds something, if there is a place; `undefined` when there is none. The returned call lets go of it untold. */
  hold(tell: () => void): (() => void) | undefined {
    if (this.#line.size >= MOST_HELD) return undefined
    const one = { dueMs: this.#clock.nowMs() + HELD_MS, tell }
    this.#line.add(one)
    this.#schedule(one)
    return () => this.#line.delete(one)
  }

  #schedule({ dueMs }: Held): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.schedule(Math.max(APART_MS, dueMs - this.#clock.nowMs()), this.#tellNext)
  }

  readonly #tellNext = (): void => {
    this.#isScheduled = false
    const next = this.#first()
    const isDue = next !== undefined && next.dueMs <= this.#clock.nowMs()
    if (isDue) this.#line.delete(next)
    const following = this.#first()
    if (following) this.#schedule(following)
    if (isDue) next.tell()
  }

  #first(): Held | undefined {
    for (const one of this.#line) return one
    return undefined
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
