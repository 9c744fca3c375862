/**
 * What all limits that judge by time have in common: they gather samples,
 * know the time without load, start fast, give way to drops, and probe.
 *
 * Between two moves all that was measured counts: a limit moves when it is
 * sure, at once after a large change and late where work varies by itself.
 * A probe lowers the limit until less passes, and measures the time without
 * load anew. It runs only when the limit is in use and no window has come
 * near the known time: while traffic is healthy there is none.
 *
 * Pure: takes the time from the samples.
 * Floor 3: imports nothing outside `concurrency`.
 */

import type { ResolvedLearning } from './learning-options.ts'
import {
  type ConcurrencyLimit,
  isCount,
  isLate,
  type LimitDecision,
  type LimitReason,
  type LimitSample,
} from './limit.ts'
import { NoLoadTime } from './no-load-time.ts'
import { PassedAt } from './passed-at.ts'
import { pooled, SampleWindow, type WindowSummary } from './sample-window.ts'

/** How a limit of one kind moves. Pure functions of numbers. */
export interface LimitRule {
  /** The next limit where work takes from `leastMs` to `mostMs`, with a fraction, before its bounds. */
  next(
    limit: number,
    took: { readonly leastMs: number; readonly mostMs: number },
    noLoadMs: number,
  ): { readonly limit: number; readonly reason: LimitReason }
  /** Where a limit belongs at which work took `rttMs`, once the time without load is known. */
  settle(limit: number, rttMs: number, noLoadMs: number): number
}

/** No work that is measured takes so long: 24 days, the longest that a timer can wait. */
const LONGEST_MS = 2 ** 31
/** A drop of this share of a window, or more, lowers the limit by a tenth; a smaller share by less. */
const FULL_DROP_SHARE = 0.1
const BACKOFF = 0.9
/** What work took is believed within so many standard errors, so that chance does not move the limit … */
const SURE = 1.5
/** … and within so many once there is much evidence … */
const SURE_WHEN_PRECISE = 0.5
/** … which there is up to this relative error. Until then windows are gathered: work that varies more needs more. */
const VAGUE = 0.07
/** A time without load that may have queued itself is measured after this part of `probeAfterMs`. */
const UNPROVEN_PATIENCE = 0.1
/** A probe that confirms what was known makes the next one so much rarer … */
const RARER = 2
/** … up to this factor. */
const RAREST = 8
/** In a probe, so much of what is believed to be busy is left. */
const PROBE_SHARE = 0.8
/** A probe takes so many windows at most. */
const PROBE_WINDOWS = 6
/** So many times as long as work takes, what ends still tells of the time before the probe. */
const DRAIN_TIMES = 2
/** In a probe, less than this part of what passed before shows that nothing queues any more. */
const PASSES_LESS = 0.85
/** Once the time without load is known, so much of what is busy then is enough to make it less vague. */
const REFINE_SHARE = 0.9
/** … but no more than so many times what showed it: a time that is too long would confirm itself. */
const REFINE_MOST = 1.4

/** What is remembered of the window in which lowering, or a probe, began. */
interface Origin {
  readonly limit: number
  readonly meanInFlight: number
  readonly rttMs: number
  readonly errorMs: number
}

/** A limit that learns by a rule. `onSample` costs O(1), O(levels of the limit) once per window. */
export class LearningLimit implements ConcurrencyLimit {
  readonly #options: ResolvedLearning
  readonly #rule: LimitRule
  readonly #window: SampleWindow
  readonly #noLoad = new NoLoadTime()
  #exact: number
  #slowStart: boolean
  /** What the limit was before a run of drops: up to here it doubles again. */
  #regainTo = 0
  #nearMs = Number.NaN
  /** Where a run of lowering, or a probe, began. */
  #before: Origin | undefined
  /** What was measured since the limit moved. */
  #evidence: WindowSummary | undefined
  readonly #passed = new PassedAt()
  /** So many times `probeAfterMs` lie between two probes. */
  #rarity = 1
  #probeStartMs = Number.POSITIVE_INFINITY
  #probeWindows = 0
  /** What passed per millisecond before the probe. */
  #flow = 0
  /** The rest of the probe only makes the time less vague. */
  #isConfirmed = false
  /**
   * What ends sooner after the start of a probe tells of the time before it. Asked is when it ended, not when it
   * started: of what starts in a probe, the short ends first.
   */
  #drainMs = 0

  constructor(rule: LimitRule, options: ResolvedLearning) {
    this.#rule = rule
    this.#options = options
    this.#window = new SampleWindow(options.windowMs, options.minSamples)
    this.#exact = options.initial
    this.#slowStart = options.slowStart
  }

  get limit(): number {
    return Math.floor(this.#exact)
  }

  /** The time of work without load in milliseconds, as far as it is known; 0 before the first window. */
  get noLoadMs(): number {
    return this.#noLoad.ms
  }

  onSample(sample: LimitSample): LimitDecision {
    const dropped = sample.dropped || isLate(sample.rttMs, this.#options.timeoutMs)
    if (!Number.isFinite(sample.endMs) || !(dropped || isMeasured(sample))) return this.#stay('bad-sample')
    this.#followClock(sample.endMs)
    if (!dropped && this.#isProbing && sample.endMs < this.#probeStartMs + this.#drainMs)
      return this.#stay('gathering')
    const summary = this.#window.add(dropped === sample.dropped ? sample : { ...sample, dropped })
    if (!summary) return this.#stay('gathering')
    return this.#onWindow(summary, sample.endMs)
  }

  /** A clock that was set back must not stop the learning until it has caught up. */
  #followClock(nowMs: number): void {
    if (nowMs < this.#nearMs) this.#nearMs = nowMs
    if (this.#isProbing && nowMs < this.#probeStartMs) this.#probeStartMs = nowMs
  }

  get #isProbing(): boolean {
    return this.#probeStartMs !== Number.POSITIVE_INFINITY
  }

  #onWindow(window: WindowSummary, nowMs: number): LimitDecision {
    if (window.dropShare > 0) return this.#giveWay(window.dropShare)
    if (this.#isProbing) return this.#onProbeWindow(window, nowMs)
    const isFirst = this.#noLoad.ms === 0
    const idle = 2 * window.maxInFlight < this.limit
    this.#noLoad.observe(window, idle)
    // In doubt nothing queues: what chance may have added is not held against the work.
    if (this.#noLoad.isNear(window.rttMs - window.errorMs) || idle) this.#nearMs = nowMs
    if (isFirst) return this.#stay('baseline')
    if (idle) {
      this.#before = undefined
      this.#evidence = undefined
      this.#passed.clear()
      return this.#stay('application-limited')
    }
    this.#passed.add(this.#exact, window)
    return this.#followRule(window, nowMs)
  }

  #followRule(window: WindowSummary, nowMs: number): LimitDecision {
    const before = this.#exact
    const evidence = this.#evidence ? pooled(this.#evidence, window) : window
    const { rttMs, errorMs } = evidence
    const isPrecise = errorMs <= VAGUE * rttMs
    const doubtMs = (isPrecise ? SURE_WHEN_PRECISE : SURE) * errorMs
    const took = { leastMs: Math.max(0, rttMs - doubtMs), mostMs: rttMs + doubtMs }
    const { limit, reason } = this.#rule.next(before, took, this.#noLoad.ms)
    this.#watchLowering(window, reason)
    const isStarting = this.#slowStart
    if (reason !== 'room') this.#slowStart = false
    const isDecided = reason === 'queueing' || (reason === 'balanced' && isPrecise)
    if (isDecided && this.#isInVain) return this.#giveUpLowering(evidence, nowMs)
    if (this.#isProbeDue(reason, nowMs)) return this.#beginProbe(evidence, nowMs)
    if (reason === 'balanced') {
      this.#evidence = isPrecise ? undefined : evidence
      return this.#stay(reason)
    }
    if (this.#slowStart) return this.#moveTo(Math.max(limit, 2 * before), 'slow-start')
    if (this.#isRegaining(reason)) {
      return this.#moveTo(Math.max(limit, Math.min(this.#regainTo, 2 * before)), 'slow-start')
    }
    // The last doubling was one too many.
    if (isStarting && reason === 'queueing') return this.#moveTo(before / 2, reason)
    return this.#moveTo(before + this.#options.smoothing * (limit - before), reason)
  }

  /** An outage says nothing of what fits: one step at a time, a limit would need a minute to be what it was. */
  #isRegaining(reason: LimitReason): boolean {
    if (reason !== 'room' || this.#exact >= this.#regainTo) this.#regainTo = 0
    return this.#regainTo > 0
  }

  #watchLowering(window: WindowSummary, reason: LimitReason): void {
    if (this.#before && this.#exact < this.#before.limit) return
    this.#before = reason === 'queueing' ? originOf(window, this.#exact) : undefined
  }

  /** Where work queues, a lower limit passes as much as a higher one. Where it does not, it passes less. */
  get #isInVain(): boolean {
    return this.#before !== undefined && this.#exact < this.#before.limit && this.#passed.losesAt(this.#exact)
  }

  #isProbeDue(reason: LimitReason, nowMs: number): boolean {
    const { probeAfterMs } = this.#options
    if (probeAfterMs === Number.POSITIVE_INFINITY) return false
    // The first time that something queues, the time without load may itself be one that queued.
    const isUnproven = reason === 'queueing' && !this.#noLoad.isMeasured
    const patience = this.#noLoad.isMeasured ? this.#rarity : UNPROVEN_PATIENCE
    return isUnproven || nowMs - this.#nearMs > patience * probeAfterMs
  }

  #giveWay(dropShare: number): LimitDecision {
    this.#slowStart = false
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#before = undefined
    if (this.#options.slowStart) this.#regainTo = Math.max(this.#regainTo, this.#exact)
    const severity = Math.min(1, dropShare / FULL_DROP_SHARE)
    return this.#moveTo(this.#exact * (1 - (1 - BACKOFF) * severity), 'dropped')
  }

  /** Less passes at the lower limit: then nothing queues there, and work takes as long as it does. */
  #giveUpLowering(window: WindowSummary, nowMs: number): LimitDecision {
    this.#noLoad.suppose(window)
    this.#rarity = 1
    this.#before = originOf(window, this.#before!.limit)
    return this.#endProbe(nowMs)
  }

  #beginProbe(window: WindowSummary, nowMs: number): LimitDecision {
    // A window that has just shown a queue is rather one in which little passed: all that is known is no such choice.
    this.#flow = Math.max(flowOf(window), this.#passed.flow)
    const busy = Math.min(this.#exact, this.#flow * this.#noLoad.ms)
    // What was in flight and how long it took are those of now; the limit is the one before all lowering.
    this.#before = originOf(window, this.#before?.limit ?? this.#exact)
    this.#probeWindows = 0
    this.#isConfirmed = false
    return this.#deepen(PROBE_SHARE * busy, window, nowMs)
  }

  #deepen(limit: number, { rttMs }: WindowSummary, nowMs: number): LimitDecision {
    this.#probeStartMs = nowMs
    this.#drainMs = Math.min(DRAIN_TIMES * rttMs, this.#options.probeAfterMs)
    return this.#moveTo(limit, 'probe')
  }

  /** Another time than the one believed is believed once less passes: then nothing queues. */
  #onProbeWindow(window: WindowSummary, nowMs: number): LimitDecision {
    this.#probeWindows++
    const isLast = this.#probeWindows >= PROBE_WINDOWS
    if (this.#isConfirmed || this.#noLoad.isLike(window)) {
      if (!this.#isConfirmed) this.#rarity = Math.min(RAREST, this.#rarity * RARER)
      this.#noLoad.refine(window)
    } else {
      // As long as as much passes as before, something queues.
      if (flowOf(window) >= PASSES_LESS * this.#flow && !isLast)
        return this.#deepen(PROBE_SHARE * this.#exact, window, nowMs)
      this.#rarity = 1
      this.#noLoad.replace(window)
    }
    const wasConfirmed = this.#isConfirmed
    this.#isConfirmed = true
    if (isLast || !this.#noLoad.isVague) return this.#endProbe(nowMs)
    if (wasConfirmed) return this.#stay('probe')
    const enough = REFINE_SHARE * this.#flow * this.#noLoad.ms
    return this.#deepen(Math.min(enough, REFINE_MOST * this.#exact), window, nowMs)
  }

  #endProbe(nowMs: number): LimitDecision {
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#nearMs = nowMs
    const { limit, meanInFlight, rttMs, errorMs } = this.#before!
    this.#before = undefined
    this.#passed.clear()
    // In doubt a little too high: from there the rule lowers it by evidence.
    const leastMs = Math.max(rttMs / 2, rttMs - errorMs)
    const settled = this.#rule.settle(meanInFlight, leastMs, this.#noLoad.ms + this.#noLoad.standardErrorMs)
    return this.#moveTo(Math.min(limit, settled), 'baseline')
  }

  #moveTo(exact: number, reason: LimitReason): LimitDecision {
    this.#evidence = undefined
    const { min, max } = this.#options
    this.#exact = exact > max ? max : exact > min ? exact : min
    return { limit: this.limit, reason }
  }

  #stay(reason: LimitReason): LimitDecision {
    return { limit: this.limit, reason }
  }
}

function isMeasured({ rttMs, inFlight }: LimitSample): boolean {
  return rttMs > 0 && rttMs < LONGEST_MS && isCount(inFlight)
}

function originOf({ meanInFlight, rttMs, errorMs }: WindowSummary, limit: number): Origin {
  return { limit, meanInFlight, rttMs, errorMs }
}

/** What passes per millisecond, by Little's law. */
function flowOf({ meanInFlight, rttMs }: Pick<Origin, 'meanInFlight' | 'rttMs'>): number {
  return rttMs > 0 ? meanInFlight / rttMs : 0
}
