/**
 * What all limits that judge by time have in common: they gather samples,
 * know the time without load, start fast, give way to drops, and probe.
 *
 * A probe lowers the limit below what the last window kept busy, long enough
 * to measure the time without load anew. It runs only when the limit is in
 * use and no window has come near the known time: while traffic is healthy
 * there is none, so it sheds nothing healthy.
 *
 * Pure: takes the time from the samples.
 * Floor 3: imports nothing outside `concurrency`.
 */

import type { ResolvedLearning } from './learning-options.ts'
import type { ConcurrencyLimit, LimitDecision, LimitReason, LimitSample } from './limit.ts'
import { NoLoadTime } from './no-load-time.ts'
import { SampleWindow, type WindowSummary } from './sample-window.ts'

/** How a limit of one kind moves. Pure functions of numbers. */
export interface LimitRule {
  /** The next limit after a window in which work took `rtt`, with a fraction, before its bounds. */
  next(
    limit: number,
    rtt: Pick<WindowSummary, 'rttMs' | 'errorMs'>,
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
/** A limit below this part of an earlier one is lower … */
const LOWERED = 0.85
/** … and when it passes less than this part of what passed then, lowering does not help. */
const LOWERED_IN_VAIN = 0.82
/** One window is chance: so many in a row must say that lowering does not help. */
const VAIN_WINDOWS = 3
/** Then so much of the limit is taken to be busy at least, whatever is believed of the time without load. */
const VAIN_BUSY_SHARE = 0.95
/** In a probe, so much of what is believed to be busy is left. */
const PROBE_SHARE = 0.8
/** A probe takes so many windows at most. */
const PROBE_WINDOWS = 6
/** So many times as long as work takes, what ends still tells of the time before the probe. */
const DRAIN_TIMES = 2
/** A time so many times as long as the one believed ends a probe. */
const SLOWER = 1.3
/** A time shorter than this part of the one believed shows that a probe is not deep enough yet. */
const STILL_QUEUED = 0.95

/** What is remembered of the window in which lowering, or a probe, began. */
interface Origin {
  readonly limit: number
  readonly inFlight: number
  readonly rttMs: number
}

/** A limit that learns by a rule. `onSample` costs O(1). */
export class LearningLimit implements ConcurrencyLimit {
  readonly #options: ResolvedLearning
  readonly #rule: LimitRule
  readonly #window: SampleWindow
  readonly #noLoad = new NoLoadTime()
  #exact: number
  #slowStart: boolean
  #nearMs = Number.NaN
  /** Where a run of lowering, or a probe, began. */
  #before: Origin | undefined
  #vainWindows = 0
  #probeStartMs = Number.POSITIVE_INFINITY
  #probeWindows = 0
  /** What the window before this one of the probe has measured. */
  #probed: WindowSummary | undefined
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
    const dropped = sample.dropped || sample.rttMs >= this.#options.timeoutMs
    if (!Number.isFinite(sample.endMs) || !(dropped || isMeasured(sample.rttMs)))
      return this.#stay('bad-sample')
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
      return this.#stay('application-limited')
    }
    return this.#followRule(window, nowMs)
  }

  #followRule(window: WindowSummary, nowMs: number): LimitDecision {
    const before = this.#exact
    const { limit, reason } = this.#rule.next(before, window, this.#noLoad.ms)
    this.#watchLowering(window, reason)
    const isStarting = this.#slowStart
    if (reason !== 'room') this.#slowStart = false
    if (this.#isProbeDue(reason, nowMs)) return this.#beginProbe(window, nowMs)
    if (this.#slowStart) return this.#moveTo(Math.max(limit, 2 * before), 'slow-start')
    // The last doubling was one too many.
    if (isStarting && reason === 'queueing') return this.#moveTo(before / 2, reason)
    return this.#moveTo(before + this.#options.smoothing * (limit - before), reason)
  }

  /** Where work queues, a lower limit passes as much as a higher one. Where it does not, it passes less. */
  #watchLowering(window: WindowSummary, reason: LimitReason): void {
    if (!this.#before || this.#exact >= this.#before.limit) {
      this.#before = reason === 'queueing' ? originOf(window, this.#exact) : undefined
      this.#vainWindows = 0
      return
    }
    const isLower = this.#exact < LOWERED * this.#before.limit
    const isVain = isLower && flow(originOf(window, this.#exact)) < LOWERED_IN_VAIN * flow(this.#before)
    this.#vainWindows = isVain ? this.#vainWindows + 1 : 0
  }

  get #isInVain(): boolean {
    return this.#before !== undefined && this.#vainWindows >= VAIN_WINDOWS
  }

  #isProbeDue(reason: LimitReason, nowMs: number): boolean {
    const { probeAfterMs } = this.#options
    if (probeAfterMs === Number.POSITIVE_INFINITY) return false
    // The first time that something queues, the time without load may itself be one that queued.
    const isUnproven = reason === 'queueing' && !this.#noLoad.isMeasured
    return isUnproven || this.#isInVain || nowMs - this.#nearMs > probeAfterMs
  }

  #giveWay(dropShare: number): LimitDecision {
    this.#slowStart = false
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#before = undefined
    const severity = Math.min(1, dropShare / FULL_DROP_SHARE)
    return this.#moveTo(this.#exact * (1 - (1 - BACKOFF) * severity), 'dropped')
  }

  #beginProbe(window: WindowSummary, nowMs: number): LimitDecision {
    const busyShare = this.#isInVain ? VAIN_BUSY_SHARE : 0
    const busy = this.#exact * Math.max(busyShare, Math.min(1, this.#noLoad.ms / window.rttMs))
    // What was in flight and how long it took are those of now; the limit is the one before all lowering.
    this.#before = originOf(window, this.#before?.limit ?? this.#exact)
    this.#probeWindows = 0
    this.#probed = undefined
    this.#isConfirmed = false
    this.#vainWindows = 0
    return this.#deepen(PROBE_SHARE * busy, window, nowMs)
  }

  #deepen(limit: number, { rttMs }: WindowSummary, nowMs: number): LimitDecision {
    this.#probeStartMs = nowMs
    this.#drainMs = Math.min(DRAIN_TIMES * rttMs, this.#options.probeAfterMs)
    return this.#moveTo(limit, 'probe')
  }

  /** Another time than the one believed is believed once it does not shrink any more when less is in flight. */
  #onProbeWindow(window: WindowSummary, nowMs: number): LimitDecision {
    this.#probeWindows++
    const isLast = this.#probeWindows >= PROBE_WINDOWS
    const believedMs = this.#noLoad.ms
    if (this.#isConfirmed || this.#noLoad.isLike(window)) {
      this.#noLoad.refine(window)
    } else {
      const before = this.#probed
      this.#probed = window
      const shrinks = !before || window.rttMs + window.errorMs < STILL_QUEUED * before.rttMs
      if (shrinks && !isLast) return this.#deepen(PROBE_SHARE * this.#exact, window, nowMs)
      this.#noLoad.replace(window)
    }
    this.#isConfirmed = true
    // Work that has become slower has more of it in flight than the probe leaves: what is vague must wait.
    const goesOn = this.#noLoad.isVague && this.#noLoad.ms < SLOWER * believedMs && !isLast
    return goesOn ? this.#stay('probe') : this.#endProbe(nowMs)
  }

  #endProbe(nowMs: number): LimitDecision {
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#nearMs = nowMs
    const { limit, inFlight, rttMs } = this.#before!
    this.#before = undefined
    const settled = this.#rule.settle(inFlight, rttMs, this.#noLoad.ms)
    return this.#moveTo(Math.min(limit, settled), 'baseline')
  }

  #moveTo(exact: number, reason: LimitReason): LimitDecision {
    const { min, max } = this.#options
    this.#exact = exact > max ? max : exact > min ? exact : min
    return { limit: this.limit, reason }
  }

  #stay(reason: LimitReason): LimitDecision {
    return { limit: this.limit, reason }
  }
}

function isMeasured(rttMs: number): boolean {
  return rttMs > 0 && rttMs < LONGEST_MS
}

function originOf({ meanInFlight, rttMs }: WindowSummary, limit: number): Origin {
  return { limit, inFlight: meanInFlight, rttMs }
}

/** What passes, by Little's law. */
function flow({ inFlight, rttMs }: Origin): number {
  return rttMs > 0 ? inFlight / rttMs : 0
}
