/**
 * How much a queue may hold: items, or items and weight.
 *
 * Floor 4: imports `options`.
 */
import { check, integerOrInfinityFrom, positive, type Rule, resolveOptions } from '../options/rules.ts'

/** Bounds of a queue that is counted in items and in weight: bytes, rows, tokens. */
export interface WeightedCapacity {
  /** The most items. An integer of at least 0, or `Infinity`. */
  readonly items: number
  /** The most they may weigh together, by `weigh`. Finite, above 0. */
  readonly weight: number
}

/** What is full, now. */
export interface Capacity {
  readonly items: number
  readonly weight: number
}

const items: Rule = integerOrInfinityFrom(0)

/** Checks a `capacity` option. */
export function resolveCapacity(owner: string, given: number | WeightedCapacity, weighs: boolean): Capacity {
  if (typeof given === 'object' && given !== null) {
    const both = resolveOptions(`${owner} capacity`, given, { items, weight: positive })
    if (weighs) return both
    check(owner, 'weigh', undefined, {
      expects: 'a function, since "capacity" has a weight',
      accepts: () => false,
    })
  }
  check(owner, 'capacity', given, items)
  return { items: given as number, weight: Number.POSITIVE_INFINITY }
}
