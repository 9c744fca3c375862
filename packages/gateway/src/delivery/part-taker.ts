/**
 * Takes a batch in part: the first of its events, as many as there is room for.
 *
 * Imports `store`, `places`.
 */
import type { Receipt } from '../protocol/receipt.ts'
import type { NewEvent } from '../store/store.ts'
import type { Places } from './places.ts'

/** Takes some events, all or none; `undefined` when there is no room. */
export type TakeAll = (events: readonly NewEvent[]) => Promise<Receipt | undefined>

/** Takes batches in part, and counts what found no place. */
export class PartTaker {
  readonly #places: Pick<Places, 'has'>
  readonly #takeAll: TakeAll
  readonly #onRefused: ((count: number) => void) | undefined
  #refused = 0

  /** @param onRefused - so many events of a batch that was taken in part found no place */
  constructor(places: Pick<Places, 'has'>, takeAll: TakeAll, onRefused?: (count: number) => void) {
    this.#places = places
    this.#takeAll = takeAll
    this.#onRefused = onRefused
  }

  /** Events that found no place, of batches that were taken in part. */
  get refused(): number {
    return this.#refused
  }

  /** Takes what there is room for; `undefined` when that is nothing. */
  async take(events: readonly NewEvent[]): Promise<Receipt | undefined> {
    let sum: Receipt | undefined
    let left = events
    for (let count = this.#fitting(left); count > 0; count = this.#fitting(left)) {
      const receipt = await this.#takePart(left.slice(0, count), sum)
      if (!receipt) break
      sum = sum ? added(sum, receipt) : receipt
      // Duplicates took no places: there may be some for the next.
      left = left.slice(count)
    }
    if (!sum || left.length === 0) return sum
    this.#refused += left.length
    this.#onRefused?.(left.length)
    return { ...sum, refused: left.length }
  }

  async #takePart(part: readonly NewEvent[], sum: Receipt | undefined): Promise<Receipt | undefined> {
    try {
      return await this.#takeAll(part)
    } catch (error) {
      // What went wrong after some were taken is no reason to say that none were.
      if (!sum) throw error
      return undefined
    }
  }

  #fitting(events: readonly NewEvent[]): number {
    let bytes = 0
    let count = 0
    for (const { payload } of events) {
      bytes += payload.length
      if (!this.#places.has(count + 1, bytes)) break
      count++
    }
    return count
  }
}

function added(sum: Receipt, { accepted, duplicates }: Receipt): Receipt {
  return { ...sum, accepted: sum.accepted + accepted, duplicates: sum.duplicates + duplicates }
}
