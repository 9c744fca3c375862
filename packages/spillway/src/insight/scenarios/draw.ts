/**
 * Draws numbers for scenarios.
 *
 * Floor 3, for tests only: left out of the build.
 */

/** Draws from one stream of randomness. */
export class Draw {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  /** A number from `low` up to `high`, evenly. */
  between(low: number, high: number): number {
    return low + (high - low) * this.#random()
  }

  /** A number from `low` up to `high`, evenly by its logarithm. */
  byMagnitude(low: number, high: number): number {
    return low * (high / low) ** this.#random()
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1))
  }

  /** One of the values. */
  oneOf<T>(...values: readonly [T, ...T[]]): T {
    return values[this.whole(0, values.length - 1)] ?? values[0]
  }
}
