/**
 * The last so many samples of a few quantities: what a chart draws.
 *
 * A ring of rows over columns of fixed length: nothing grows while a page
 * stays open for a week. A row without a value is a gap, never a zero.
 *
 * Pure; imports nothing.
 */

/** A quantity at a time; `null` is a gap. */
export type Sample = number | null

/** The samples of some named quantities. */
export class Series<Name extends string> {
  readonly #capacity: number
  readonly #names: readonly Name[]
  readonly #timesMs: Float64Array
  readonly #columns: ReadonlyMap<Name, Float64Array>
  #first = 0
  #length = 0

  /** @param capacity - the rows that are kept: an integer of at least 1 */
  constructor(names: readonly Name[], capacity: number) {
    this.#capacity = capacity
    this.#names = names
    this.#timesMs = new Float64Array(capacity)
    this.#columns = new Map(names.map((name) => [name, new Float64Array(capacity)]))
  }

  get length(): number {
    return this.#length
  }

  /** The time of the newest row; `undefined` when there is none. */
  get lastMs(): number | undefined {
    return this.#length === 0 ? undefined : this.#timesMs[this.#at(this.#length - 1)]
  }

  /** Adds a row, and forgets the oldest when full. A row that is not after the last one is ignored. */
  push(atMs: number, row: Readonly<Record<Name, Sample | undefined>>): void {
    if (this.lastMs !== undefined && atMs <= this.lastMs) return
    if (this.#length === this.#capacity) this.#first = (this.#first + 1) % this.#capacity
    else this.#length++
    const at = this.#at(this.#length - 1)
    this.#timesMs[at] = atMs
    for (const [name, column] of this.#columns) column[at] = row[name] ?? Number.NaN
  }

  /** Adds a row without values. */
  pushGap(atMs: number): void {
    this.push(atMs, Object.fromEntries(this.#names.map((name) => [name, null])) as Record<Name, null>) // all names
  }

  /** The times of the rows, the oldest first, in milliseconds. */
  timesMs(): readonly number[] {
    return Array.from({ length: this.#length }, (_, row) => this.#timesMs[this.#at(row)]!)
  }

  /** One quantity, the oldest sample first. */
  column(name: Name): readonly Sample[] {
    const column = this.#columns.get(name)!
    return Array.from({ length: this.#length }, (_, row) => {
      const value = column[this.#at(row)]!
      return Number.isNaN(value) ? null : value
    })
  }

  #at(row: number): number {
    return (this.#first + row) % this.#capacity
  }
}
