/**
 * Finds out while a stream runs whether its window is a time bomb: holds more
 * work than anybody waits for. Before it runs that is known only of a stream
 * with a rate (`spillway check`); what its sink takes is seen from deliveries.
 *
 * Certain rather than early: from how long a delivery takes follows how many
 * events all places deliver if they don't hinder each other, the most that can
 * be. What is a time bomb then is one in any case.
 *
 * Pure; imports `config`.
 */
import type { StreamSettings } from '../config/stream-settings.ts'
import { timeBombSentence } from '../config/warnings/time-warnings.ts'

/** So many deliveries tell well enough how long one takes. */
const AFTER_DELIVERIES = 1000

/** What is looked at. */
export type BombSettings = Pick<StreamSettings, 'window' | 'store' | 'concurrency' | 'rate' | 'batch'>

/** Workers that are measured. */
export interface MeasuredWorkers {
  /** How many may work at once. */
  readonly concurrency: number
  /** How many deliveries all of them together end in a second; `undefined` while that is not known. */
  readonly ratePerSecond: number | undefined
}

/** Looks once at each window that a stream has. */
export class BombWatch {
  readonly #onFound: (sentence: string) => void
  #settings: BombSettings
  #deliveriesLeft = AFTER_DELIVERIES

  /** @param onFound - told what the window is, and what to do about it */
  constructor(settings: BombSettings, onFound: (sentence: string) => void) {
    this.#settings = settings
    this.#onFound = onFound
  }

  /** Other settings from now on: there is another look. */
  resettle(settings: BombSettings): void {
    this.#settings = settings
    this.#deliveriesLeft = AFTER_DELIVERIES
  }

  /** Something was delivered; the workers are asked for when there is enough to look at. */
  delivered(workers: () => MeasuredWorkers): void {
    if (--this.#deliveriesLeft !== 0) return
    const { rate } = this.#settings
    const measured = this.#most(workers()) ?? Number.POSITIVE_INFINITY
    const isHeld = rate !== undefined && rate.ratePerSecond <= measured
    const ratePerSecond = isHeld ? rate.ratePerSecond : measured
    const whence = isHeld ? 'its rate' : 'as deliveries go now'
    const sentence = timeBombSentence(this.#settings, ratePerSecond, whence)
    if (sentence !== undefined) this.#onFound(`window.items ${sentence}`)
  }

  /** Events go to the sink together or one by one, each has a place: so many places, so many events in that time. */
  #most({ concurrency, ratePerSecond }: MeasuredWorkers): number | undefined {
    const { concurrency: places, batch } = this.#settings
    // A delivery that waits for its batch to fill is no longer than that when more come.
    if (batch) return undefined
    const most = typeof places === 'number' ? places : places.max
    return ratePerSecond && (most * ratePerSecond) / concurrency
  }
}
