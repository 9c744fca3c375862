/**
 * How many deliveries run at once: fixed, or learned within bounds, and another
 * from one moment to the next when an operator says so.
 *
 * Imports `spillway`, `config`.
 */
import { aimd, type ConcurrencyLimit, fixed, type LimitDecision, type LimitSample } from 'spillway'
import type { ConcurrencySettings } from '../config/stream-settings.ts'

/** Where a limit that learns begins. */
const INITIAL = 20

/** A limit that can be exchanged while it is in use. */
export class SteeredLimit implements ConcurrencyLimit {
  #limit: ConcurrencyLimit

  constructor(settings: ConcurrencySettings) {
    this.#limit = limitOf(settings, INITIAL)
  }

  get limit(): number {
    return this.#limit.limit
  }

  onSample(sample: LimitSample): LimitDecision {
    return this.#limit.onSample(sample)
  }

  /** Other settings from now on. What learns goes on from where the last one was. */
  set(settings: ConcurrencySettings): void {
    this.#limit = limitOf(settings, this.limit)
  }
}

function limitOf(settings: ConcurrencySettings, near: number): ConcurrencyLimit {
  if (typeof settings === 'number') return fixed(settings)
  const { min, max } = settings
  const initial = Math.min(max, Math.max(min, near))
  return aimd({ min, max, initial, timeoutMs: Number.POSITIVE_INFINITY })
}
