/**
 * How much a queue may hold: items, items and weight, or as many items as the
 * workers get through in some seconds.
 *
 * Floor 4: imports `insight`, `measure`, `options`.
 */
import { type CapacityInSeconds, capacityAt, forSeconds, isForSeconds } from '../insight/for-seconds.ts'
import { WindowedHistogram } from '../measure/windowed-histogram.ts'
import { check, integerOrInfinityFrom, positive, type Rule, resolveOptions } from '../options/rules.ts'

/** Bounds of a queue that is counted in items and in weight: bytes, rows, tokens. */
export interface WeightedCapacity {
  /** The most items. An integer of at least 0, or `Infinity`. */
  readonly items: number
  /** The most they may weigh together, by `weigh`. Finite, above 0. */
  readonly weight: number
}

/** What a `capacity` option takes. */
export type CapacityOption = number | WeightedCapacity | CapacityInSeconds

/** How much fits, now. */
export interface Capacity {
  readonly items: number
  /** The most items it can ever be. */
  readonly mostItems: number
  readonly weight: number
  /** The workers reach this rate: a capacity in seconds follows it, at most every 100 ms. */
  follow(ratePerSecond: number, nowMs: number): void
  /** So many items from now on: a capacity in seconds becomes a plain one. */
  set(items: number): void
}

const items: Rule = integerOrInfinityFrom(0)
const aFunctionFor: Rule = { expects: 'a function, since "capacity" has a weight', accepts: () => false }

/** Checks a `capacity` option. */
export function resolveCapacity(owner: string, given: CapacityOption, weighs: boolean): Capacity {
  if (isForSeconds(given)) return new FollowingCapacity(forSeconds(given.seconds, given))
  if (typeof given === 'object' && given !== null) {
    const both = resolveOptions(`${owner} capacity`, given, { items, weight: positive })
    if (!weighs) check(owner, 'weigh', undefined, aFunctionFor)
    return new StatedCapacity(both)
  }
  checkItems(owner, given)
  return new StatedCapacity({ items: given, weight: Number.POSITIVE_INFINITY })
}

/** Checks a capacity in items. */
export function checkItems(owner: string, given: number): void {
  check(owner, 'capacity', given, items)
}

/** What the user said, until it is said anew. */
class StatedCapacity implements Capacity {
  readonly weight: number
  #items: number

  constructor({ items, weight }: WeightedCapacity) {
    this.#items = items
    this.weight = weight
  }

  get items(): number {
    return this.#items
  }

  get mostItems(): number {
    return this.#items
  }

  follow(): void {}

  set(items: number): void {
    this.#items = items
  }
}

const FOLLOW_EVERY_MS = 100
const RATES_OF_MS = 60_000

/** The 99th percentile of the rates of the last minute, times the seconds, within the bounds. */
class FollowingCapacity implements Capacity {
  readonly weight: number = Number.POSITIVE_INFINITY
  readonly #description: CapacityInSeconds
  readonly #rates = new WindowedHistogram({ windowMs: RATES_OF_MS })
  #items: number
  #nextMs = Number.NEGATIVE_INFINITY
  #isStated = false

  constructor(description: CapacityInSeconds) {
    this.#description = description
    this.#items = description.min
  }

  get items(): number {
    return this.#items
  }

  get mostItems(): number {
    return this.#isStated ? this.#items : this.#description.max
  }

  set(items: number): void {
    this.#isStated = true
    this.#items = items
  }

  follow(ratePerSecond: number, nowMs: number): void {
    if (this.#isStated || nowMs < this.#nextMs || ratePerSecond === Number.POSITIVE_INFINITY) return
    this.#nextMs = nowMs + FOLLOW_EVERY_MS
    this.#rates.record(ratePerSecond, nowMs)
    this.#items = capacityAt(this.#description, this.#rates.quantile(nowMs))
  }
}
