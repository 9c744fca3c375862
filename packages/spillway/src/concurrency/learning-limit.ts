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
  /** The next limit after a window of `rttMs`, with a fraction, before its bounds. */
  next(
    limit: number,
    rttMs: number,
    noLoadMs: number,
  ): { readonly limit: number; readonly reason: LimitReason }
  /** Where a limit belongs at which work took `rttMs`, once the time without load is known. */
  settle(limit: number, rttMs: number, noLoadMs: number): number
}

/** A drop of this share of a window, or more, lowers the limit by a tenth; a smaller share by less. */
const FULL_DROP_SHARE = 0.1
const BACKOFF = 0.9
/** Lowered in one go to this share, and still queueing: lowering does not help, so the time without load is measured anew. */
const LOWERED_IN_VAIN = 0.75
/** In a probe, so much of what is believed to be busy is left. */
const PROBE_SHARE = 0.8

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
  #before: { readonly limit: number; readonly rttMs: number } | undefined
  #probeStartMs = Number.POSITIVE_INFINITY

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
    // What started before a probe tells of the time before it.
    const tooEarly = this.#isProbing && sample.endMs - sample.rttMs < this.#probeStartMs
    if (tooEarly && !dropped) return this.#stay('gathering')
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

  #onWindow({ rttMs, errorMs, maxInFlight, dropShare }: WindowSummary, nowMs: number): LimitDecision {
    if (dropShare > 0) return this.#giveWay(dropShare)
    if (this.#isProbing) return this.#endProbe(rttMs, errorMs, nowMs)
    const isFirst = this.#noLoad.ms === 0
    const idle = 2 * maxInFlight < this.limit
    // In doubt nothing queues: what chance may have added is not held against the work, nor what it may have spared.
    this.#noLoad.observe(rttMs + errorMs, idle)
    const certainMs = Math.max(rttMs - errorMs, 0)
    if (this.#noLoad.isNear(certainMs) || idle) this.#nearMs = nowMs
    if (isFirst) return this.#stay('baseline')
    if (idle) {
      this.#before = undefined
      return this.#stay('application-limited')
    }
    return this.#followRule(certainMs, nowMs)
  }

  #followRule(rttMs: number, nowMs: number): LimitDecision {
    const before = this.#exact
    const { limit, reason } = this.#rule.next(before, rttMs, this.#noLoad.ms)
    if (reason === 'queueing') {
      this.#before ??= { limit: before, rttMs }
    } else {
      this.#before = undefined
    }
    if (reason !== 'room') this.#slowStart = false
    if (this.#isProbeDue(nowMs)) return this.#beginProbe(rttMs, nowMs)
    if (this.#slowStart) return this.#moveTo(Math.max(limit, 2 * before), 'slow-start')
    return this.#moveTo(before + this.#options.smoothing * (limit - before), reason)
  }

  #isProbeDue(nowMs: number): boolean {
    const { probeAfterMs } = this.#options
    if (probeAfterMs === Number.POSITIVE_INFINITY) return false
    const inVain = this.#before !== undefined && this.#exact < LOWERED_IN_VAIN * this.#before.limit
    return inVain || nowMs - this.#nearMs > probeAfterMs
  }

  #giveWay(dropShare: number): LimitDecision {
    this.#slowStart = false
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#before = undefined
    const severity = Math.min(1, dropShare / FULL_DROP_SHARE)
    return this.#moveTo(this.#exact * (1 - (1 - BACKOFF) * severity), 'dropped')
  }

  #beginProbe(rttMs: number, nowMs: number): LimitDecision {
    this.#before ??= { limit: this.#exact, rttMs }
    this.#probeStartMs = nowMs
    const busy = this.#exact * Math.min(1, this.#noLoad.ms / rttMs)
    return this.#moveTo(PROBE_SHARE * busy, 'probe')
  }

  #endProbe(rttMs: number, errorMs: number, nowMs: number): LimitDecision {
    this.#probeStartMs = Number.POSITIVE_INFINITY
    this.#nearMs = nowMs
    this.#noLoad.measured(rttMs, errorMs)
    const before = this.#before!
    this.#before = undefined
    const settled = this.#rule.settle(before.limit, before.rttMs, this.#noLoad.ms)
    return this.#moveTo(Math.min(before.limit, settled), 'baseline')
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
  return rttMs > 0 && rttMs < Number.POSITIVE_INFINITY
}
