/**
 * What goes wrong, on purpose: the patterns that a service should not have.
 * They live here, in the lab, and nowhere else.
 *
 * None of them uses the library, but `parked-in-wait`: a limiter is right
 * there, and the way it is used is wrong.
 */
import { RateLimiter } from 'spillway'
import type { MakePolicy, Work } from './policy.ts'

/** Starts everything at once: a task for each request. What can't run yet queues in the server, without a bound. */
export function unboundedSpawn(): MakePolicy {
  return () => ({ offer: (work) => work.start(() => {}) })
}

/** A list in front of the workers, without a bound. */
export function unboundedQueue(): MakePolicy {
  return plainQueue(Number.POSITIVE_INFINITY)
}

/** A list with a bound so high that it is never a bound. */
export function millionBuffer(): MakePolicy {
  return plainQueue(1_000_000)
}

/**
 * A count that was right for the speed the consumer once had: `ratePerSecond` and the deadline give it. Nothing
 * notices when the consumer slows.
 */
export function fixedCount(places: number): MakePolicy {
  return plainQueue(places)
}

/** A small buffer, rightly sized; whoever finds it full waits for a place, for as long as it takes. */
export function waitWithoutDeadline(places: number): MakePolicy {
  return ({ slots }) => {
    const queue = new PlainQueue(slots)
    const senders: Work[] = []
    let first = 0
    const refill = (): void => {
      const next = senders[first]
      if (!next || queue.length >= places) return
      first++
      queue.push(next)
    }
    return {
      offer(work) {
        if (first < senders.length || queue.length >= places) senders.push(work)
        else queue.push(work)
        queue.onTaken = refill
      },
    }
  }
}

/** A rate limiter that makes everybody wait for a token, and turns nobody away: all are parked in `wait`. */
export function parkedInWait(): MakePolicy {
  return ({ clock, ratePerSecond }) => {
    const limiter = new RateLimiter({ ratePerSecond, burst: 16, clock })
    return {
      offer(work) {
        const { delayMs } = limiter.reserve()
        if (delayMs === 0) work.start(() => {})
        else clock.schedule(delayMs, () => work.start(() => {}))
      },
    }
  }
}

function plainQueue(places: number): MakePolicy {
  return ({ slots }) => {
    const queue = new PlainQueue(slots)
    return {
      offer(work) {
        if (queue.length >= places) work.refuse('ERR_QUEUE_FULL')
        else queue.push(work)
      },
    }
  }
}

/** First come, first served, and nothing else. */
class PlainQueue {
  readonly #slots: number
  #items: Work[] = []
  #first = 0
  #busy = 0
  /** Called when an item has left the list. */
  onTaken: () => void = () => {}

  constructor(slots: number) {
    this.#slots = slots
  }

  get length(): number {
    return this.#items.length - this.#first
  }

  push(work: Work): void {
    this.#items.push(work)
    this.#next()
  }

  #next(): void {
    if (this.#busy >= this.#slots || this.length === 0) return
    const work = this.#items[this.#first++]!
    if (this.#first > 1024 && 2 * this.#first > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    this.#busy++
    work.start(() => {
      this.#busy--
      this.#next()
    })
    this.onTaken()
  }
}
