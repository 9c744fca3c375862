/**
 * What passed at which limit: whether a lower limit lets less through.
 *
 * Where work queues, a lower limit passes as much as a higher one; where it
 * does not, it passes less, and lowering it is in vain. One window can't tell
 * the two apart, so all of the recent past is kept, by level of the limit.
 *
 * Pure. Floor 3: imports nothing outside `concurrency`.
 */
import type { WindowSummary } from './sample-window.ts'

/** Levels are apart by this factor. */
const STEP = 1.15
/** With each window, what is known counts so much less: work changes. */
const KEPT = 0.985
/** A level of fewer samples says nothing. */
const LEAST_SAMPLES = 200
/** A loss of this share matters … */
const LOSS = 0.07
/** … when it is beyond so many standard errors. */
const BEYOND_CHANCE = 3.3

interface Level {
  samples: number
  inFlightSum: number
  rttSumMs: number
  rttSquares: number
}

/** The flow at each level of a limit. `add` and `losesAt` cost O(levels). */
export class PassedAt {
  readonly #levels = new Map<number, Level>()

  /** Adds a window in which the limit was in use. */
  add(limit: number, { samples, meanInFlight, rttMs, deviationMs }: WindowSummary): void {
    for (const level of this.#levels.values()) scale(level)
    const key = keyOf(limit)
    const level = this.#levels.get(key) ?? { samples: 0, inFlightSum: 0, rttSumMs: 0, rttSquares: 0 }
    level.samples += samples
    level.inFlightSum += samples * meanInFlight
    level.rttSumMs += samples * rttMs
    level.rttSquares += samples * (rttMs * rttMs + deviationMs * deviationMs)
    this.#levels.set(key, level)
  }

  /** What passes per millisecond, over all levels; 0 when too little is known. */
  get flow(): number {
    const all = this.#above(Number.NEGATIVE_INFINITY)
    return all.samples < LEAST_SAMPLES ? 0 : flowOf(all)
  }

  /** Whether less passes at `limit` than passed at higher ones, beyond what chance explains. */
  losesAt(limit: number): boolean {
    const key = keyOf(limit)
    const here = this.#levels.get(key)
    const above = this.#above(key)
    if (!here || here.samples < LEAST_SAMPLES || above.samples < LEAST_SAMPLES) return false
    const loss = 1 - flowOf(here) / flowOf(above)
    return loss > LOSS && loss > BEYOND_CHANCE * Math.sqrt(errorOf(here) + errorOf(above))
  }

  /** Forgets everything. */
  clear(): void {
    this.#levels.clear()
  }

  #above(key: number): Level {
    const sum = { samples: 0, inFlightSum: 0, rttSumMs: 0, rttSquares: 0 }
    for (const [other, level] of this.#levels) {
      if (other <= key) continue
      sum.samples += level.samples
      sum.inFlightSum += level.inFlightSum
      sum.rttSumMs += level.rttSumMs
      sum.rttSquares += level.rttSquares
    }
    return sum
  }
}

function keyOf(limit: number): number {
  return Math.round(Math.log(limit) / Math.log(STEP))
}

function scale(level: Level): void {
  level.samples *= KEPT
  level.inFlightSum *= KEPT
  level.rttSumMs *= KEPT
  level.rttSquares *= KEPT
}

/** By Little's law. */
function flowOf({ inFlightSum, rttSumMs }: Level): number {
  return inFlightSum / rttSumMs
}

/** The squared relative error of the flow. */
function errorOf({ samples, rttSumMs, rttSquares }: Level): number {
  const mean = rttSumMs / samples
  const variance = Math.max(0, rttSquares / samples - mean * mean)
  return variance / (mean * mean) / samples
}
