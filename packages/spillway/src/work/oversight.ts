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
import type { EvictReason, QueueRefusal } from './ledger.ts'
import type { Observation } from './observation.ts'
import { OverloadAlarm } from './overload-alarm.ts'

/** So many measured services tell the rate well enough to call a capacity a time bomb. */
const BOMB_AFTER_SAMPLES = 1000

/** What a diagnosis may take for granted. */
export type DiagnosisQuestion = Pick<DiagnoseOptions, 'maxWaitMs' | 'maxCapacity' | 'quietAfterMs'>

/** How an oversight speaks: see `Teller`. */
export interface Voice {
  /** Calls a function of the user, which may throw. */
  guarded(name: string, call: () => void): void
  warn(message: string): void
}

/** What an oversight looks at, and whom it tells. */
export interface OversightOptions {
  readonly clock: Clock
  readonly capacity: Capacity
  readonly observation: Observation
  /** The workers, as they are now. */
  readonly workers: () => Pick<DiagnoseOptions, 'workers' | 'startRatePerSecond'>
  readonly onOverload: ((diagnosis: Diagnosis) => void) | undefined
  /** The longest that anybody waits. */
  readonly patienceMs: number
  readonly teller: Voice
}

/** Watches one queue. */
export class Oversight {
  readonly #options: OversightOptions
  readonly #alarm: OverloadAlarm | undefined
  #measured = 0

  constructor(options: OversightOptions) {
    const { clock, onOverload, teller } = options
    this.#options = options
    if (onOverload) {
      const sound = (): void => teller.guarded('onOverload', () => onOverload(this.diagnose({})))
      this.#alarm = new OverloadAlarm(clock, sound)
    }
  }

  /** So many items were refused or evicted, and why. */
  readonly dropped = (why: QueueRefusal | EvictReason | 'purged', count: number): void => {
    if (!isDrop(why)) return
    const { observation } = this.#options
    observation.bins.dropped(observation.roughMs(), count)
    this.#alarm?.dropped()
  }

  /** The queue is closed and empty: nothing more will happen. */
  conclude(): void {
    this.#alarm?.conclude()
  }

  /** A service was measured, the workers reach this rate. */
  measured(ratePerSecond: number, nowMs: number): void {
    const { capacity, teller, patienceMs } = this.#options
    if (++this.#measured === BOMB_AFTER_SAMPLES && ratePerSecond !== Number.POSITIVE_INFINITY) {
      const bomb = timeBomb({ capacity: capacity.items, ratePerSecond, patienceMs })
      if (bomb) teller.warn(bomb)
    }
    capacity.follow(ratePerSecond, nowMs)
  }

  /** Why it overflows, from the last two minutes. */
  diagnose(question: DiagnosisQuestion): Diagnosis {
    const { observation, capacity, workers } = this.#options
    const bins = observation.bins.snapshot(observation.exactMs())
    return diagnose(bins, { ...question, ...workers(), capacity: placesOf(capacity, bins.maxDepth) })
  }
}

/** How many items fill a queue: where weight or a rate bounds it, as many as it held at most. */
function placesOf({ items, mostItems, weight }: Capacity, depths: ArrayLike<number>): number {
  if (items === mostItems && weight === Number.POSITIVE_INFINITY) return items
  let deepest = 1
  for (let bin = 0; bin < depths.length; bin++) deepest = Math.max(deepest, depths[bin]!)
  return Math.min(items, deepest)
}

/** A queue that was closed, an ask that can never pass, and a caller who gave up are no overload. */
function isDrop(why: QueueRefusal | EvictReason | 'purged'): boolean {
  return why !== 'ERR_CLOSED' && why !== 'ERR_COST_EXCEEDS_BURST' && why !== 'aborted' && why !== 'purged'
}
