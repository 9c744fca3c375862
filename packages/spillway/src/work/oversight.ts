/**
 * What a queue finds out about itself: why it overflows, whether its capacity
 * is a time bomb, and what its capacity in seconds is worth now.
 *
 * Floor 4: imports `clock`, `insight`.
 */
import type { Clock } from '../clock/clock.ts'
import { diagnose } from '../insight/diagnose.ts'
import type { Diagnosis } from '../insight/diagnosis.ts'
import type { DiagnoseOptions } from '../insight/queue-facts.ts'
import { timeBomb } from '../insight/time-bomb.ts'
import type { Capacity } from './capacity.ts'
import type { Observation } from './observation.ts'
import { OverloadAlarm } from './overload-alarm.ts'

/** So many measured services tell the rate well enough to call a capacity a time bomb. */
const BOMB_AFTER_SAMPLES = 1000

/** What a diagnosis may take for granted. */
export type DiagnosisQuestion = Pick<DiagnoseOptions, 'maxWaitMs' | 'maxCapacity' | 'quietAfterMs'>

/** What an oversight looks at, and whom it tells. */
export interface OversightOptions {
  readonly clock: Clock
  readonly capacity: Capacity
  readonly observation: Observation
  /** The workers, as they are now. */
  readonly workers: () => Pick<DiagnoseOptions, 'workers' | 'startRatePerSecond'>
  readonly onOverload: ((diagnosis: Diagnosis) => void) | undefined
  /** Calls a function of the user, which may throw. */
  readonly guarded: (name: string, call: () => void) => void
  readonly warn: (message: string) => void
}

/** Watches one queue. */
export class Oversight {
  readonly #options: OversightOptions
  readonly #alarm: OverloadAlarm | undefined
  #measured = 0

  constructor(options: OversightOptions) {
    const { clock, onOverload, guarded } = options
    this.#options = options
    if (onOverload) {
      const sound = (): void => guarded('onOverload', () => onOverload(this.diagnose({})))
      this.#alarm = new OverloadAlarm(clock, sound)
    }
  }

  /** So many items were refused or evicted. */
  readonly dropped = (count: number): void => {
    const { observation } = this.#options
    observation.bins.dropped(observation.roughMs(), count)
    this.#alarm?.dropped()
  }

  /** A service was measured, the workers reach this rate. Whether the capacity has grown. */
  measured(ratePerSecond: number, nowMs: number): boolean {
    const { capacity, warn } = this.#options
    if (++this.#measured === BOMB_AFTER_SAMPLES && ratePerSecond !== Number.POSITIVE_INFINITY) {
      const bomb = timeBomb({ capacity: capacity.items, ratePerSecond })
      if (bomb) warn(bomb)
    }
    return capacity.follow(ratePerSecond, nowMs)
  }

  /** Why it overflows, from the last two minutes. */
  diagnose(question: DiagnosisQuestion): Diagnosis {
    const { observation, capacity, workers } = this.#options
    const bins = observation.bins.snapshot(observation.exactMs())
    return diagnose(bins, { ...question, ...workers(), capacity: capacity.items })
  }
}
