/**
 * Who is refused, of many that were given together: what is refused for good is
 * given again in halves, until those that are refused are alone. One of 100
 * takes 15 deliveries at most, each of 100 takes 199.
 *
 * Order is kept: a half is given when the one before it has its outcome. When
 * something is to be tried later, everything after it is, too: a target that
 * asks to be left alone is not asked again at once.
 *
 * Pure; imports `sink`.
 */
import type { DeliveryOutcome } from './sink.ts'

/** What is still to be given of some items. */
export class Halves<T> {
  /** In order, none of them empty. */
  #parts: (readonly T[])[]

  constructor(items: readonly T[]) {
    this.#parts = items.length === 0 ? [] : [items]
  }

  /** What is to be given next; `undefined` when everything has its outcome. */
  get next(): readonly T[] | undefined {
    return this.#parts[0]
  }

  /** Takes the outcome of `next`, and returns the items that have it for good. The others come up again. */
  judge(outcome: DeliveryOutcome): readonly T[] {
    const part = this.#parts.shift() ?? []
    if (outcome.kind === 'delivered') return part
    const isOfAll = outcome.kind === 'again' || outcome.isOfTarget === true
    if (isOfAll) return [part, ...this.#parts.splice(0)].flat()
    if (part.length <= 1) return part
    const middle = Math.ceil(part.length / 2)
    this.#parts.unshift(part.slice(0, middle), part.slice(middle))
    return []
  }
}
