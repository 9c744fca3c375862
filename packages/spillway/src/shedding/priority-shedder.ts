/**
 * Sheds the least important first, as much as must be shed and no more.
 *
 * The signal is how long admitted work queues behind this gate: give the
 * shedder to the queue as its `atTurn`. Response times and processor load
 * are no signal: they rise with healthy work, too.
 *
 * Absent: a queue. It never makes anyone wait.
 * Floor 3: imports `clock`, `errors`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { checkAsk, rankOf } from '../gate/ask.ts'
import { CRITICALITIES, type Criticality } from '../gate/criticality.ts'
import type { Ask, Gate, Permit, Refusal } from '../gate/gate.ts'
import { OncePermit } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { type RunOptions, run } from '../gate/run.ts'
import type { TurnPolicy } from '../gate/turn.ts'
import { aClock, aFunction, optional, positive, type Rules, resolveOptions } from '../options/rules.ts'
import { openWait, type WaitOptions } from '../options/wait-options.ts'
import { AdmissionCursor } from './admission-cursor.ts'
import { COHORTS, cohortOf } from './cohort.ts'

/** Options of a `PriorityShedder`. */
export interface PriorityShedderOptions {
  /** A mean queueing time above this, in milliseconds, is overload. Above 0. @defaultValue 20 */
  readonly targetWaitMs?: number | undefined
  /** How often the line is drawn anew, in milliseconds. Above 0. @defaultValue 50 */
  readonly windowMs?: number | undefined
  /** Callers change their cohort so often, in milliseconds. Above 0. @defaultValue 3600000, one hour */
  readonly epochMs?: number | undefined
  /** Numbers from 0 up to, not including, 1: the cohort of asks without a key. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const RULES: Rules<PriorityShedderOptions> = {
  targetWaitMs: optional(positive),
  windowMs: optional(positive),
  epochMs: optional(positive),
  random: optional(aFunction),
  clock: optional(aClock),
}
const DEFAULTS = { targetWaitMs: 20, windowMs: 50, epochMs: 3_600_000, random: Math.random }

/** What a class got. */
export interface ClassCounts {
  /** Asks that were admitted. */
  admitted: number
  /** Asks that were shed. */
  shed: number
}

/** Counters since the start, and where the line is. */
export interface PriorityShedderStats {
  /** What each class got. */
  readonly classes: Readonly<Record<Criticality, Readonly<ClassCounts>>>
  /** The most important class of which something is shed, and how many of its 128 cohorts are; `undefined`: nothing is. */
  readonly shedding: { readonly criticality: Criticality; readonly cohorts: number } | undefined
  /** The mean queueing time of the last window, in milliseconds. */
  readonly meanWaitMs: number
}

/** A gate that admits by importance. Every operation costs O(1), O(512) once per window. */
export class PriorityShedder implements Gate, TurnPolicy {
  /** Its permits take nothing from others. */
  readonly isJudge = true
  readonly #cursor: AdmissionCursor
  readonly #clock: Clock
  readonly #random: () => number
  readonly #epochMs: number
  readonly #salt: number
  readonly #counts: readonly ClassCounts[] = CRITICALITIES.map(() => ({ admitted: 0, shed: 0 }))

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: PriorityShedderOptions = {}) {
    const options = resolveOptions('PriorityShedder', given, RULES, DEFAULTS)
    const { targetWaitMs, windowMs, random } = options
    this.#cursor = new AdmissionCursor({ targetWaitMs, windowMs, levels: CRITICALITIES.length * COHORTS })
    this.#clock = options.clock ?? systemClock
    this.#random = random
    this.#epochMs = options.epochMs
    this.#salt = Math.floor(random() * 2 ** 32)
  }

  /**
   * Admits, or sheds with `ERR_SHED`. Asks of one `key` share their cohort's fate; without a key chance decides.
   *
   * @throws OptionError for a wrong ask
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    checkAsk('PriorityShedder', ask)
    const rank = rankOf(ask)
    const nowMs = this.#clock.nowMs()
    const level = rank * COHORTS + this.#cohort(ask?.key ?? undefined, nowMs)
    const counts = this.#counts[rank]!
    if (!this.#cursor.arrives(level, nowMs)) {
      counts.shed++
      return refusal('ERR_SHED')
    }
    counts.admitted++
    return new ShedderPermit(this.#cursor, level, this.#clock)
  }

  /**
   * The same as a promise. Never waits.
   *
   * @throws OverloadError when shed; `signal.reason` when aborted before; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('PriorityShedder', ask)
    const answer = this.tryEnter(ask)
    if (answer.admitted) return answer
    throw refusalError('PriorityShedder', answer)
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** For the queue behind: notes how long work has queued, and admits it. */
  admits(waitedMs: number, nowMs: number): true {
    this.#cursor.waited(waitedMs, nowMs)
    return true
  }

  /** Counters and the line, by value. */
  stats(): PriorityShedderStats {
    const { cursor, meanWaitMs } = this.#cursor
    const rank = Math.floor(cursor / COHORTS)
    const criticality = CRITICALITIES[rank]
    const [plus, critical, sheddablePlus, sheddable] = this.#counts.map((counts) => ({ ...counts }))
    return {
      classes: {
        'critical-plus': plus!,
        critical: critical!,
        'sheddable-plus': sheddablePlus!,
        sheddable: sheddable!,
      },
      shedding: criticality && { criticality, cohorts: COHORTS - (cursor % COHORTS) },
      meanWaitMs,
    }
  }

  #cohort(key: string | undefined, nowMs: number): number {
    if (key === undefined) return Math.floor(this.#random() * COHORTS)
    return cohortOf(key, Math.floor(nowMs / this.#epochMs), this.#salt)
  }
}

class ShedderPermit extends OncePermit {
  readonly #cursor: AdmissionCursor
  readonly #level: number
  readonly #clock: Clock

  constructor(cursor: AdmissionCursor, level: number, clock: Clock) {
    super()
    this.#cursor = cursor
    this.#level = level
    this.#clock = clock
  }

  protected onEnd(): void {
    this.#cursor.completes(this.#clock.nowMs())
  }

  protected onCancel(): void {
    this.#cursor.takesBack(this.#level)
  }
}
