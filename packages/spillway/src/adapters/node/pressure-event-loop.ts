/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Probes of the event loop: how late its callbacks run, and how much of the
 * time it is busy. Both over a short window that ends now: a mean since the
 * start forgets nothing, and notices nothing.
 *
 * Floor 5: imports `node:perf_hooks`, `clock`, `options`, `shedding`.
 */
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Clock } from '../../clock/clock.ts'
import { MAX_TIMER_MS, systemClock } from '../../clock/system-clock.ts'
import {
  integerFrom,
  numberFrom,
  optional,
  positive,
  type Rules,
  resolveOptions,
} from '../../options/rules.ts'
import type { WatchedProbe } from '../../shedding/pressure-options.ts'

/** A probe that holds something of the process, and gives it back. */
export interface ClosableProbe extends WatchedProbe, Disposable {
  /** Stops measuring. Doing it again does nothing. */
  close(): void
}

/** The range of a probe, and its window. */
export interface ProbeRange {
  /** From this value on the least important class is shed. */
  readonly from?: number | undefined
  /** From this value on everything is shed. */
  readonly to?: number | undefined
}

/** Options of `eventLoopDelayProbe`. */
export interface EventLoopDelayOptions extends ProbeRange {
  /** How often the delay is measured, in whole milliseconds. At least 1. @defaultValue 10 */
  readonly resolutionMs?: number | undefined
  /** The window in milliseconds: what is older doesn't count. Above 0. @defaultValue 250 */
  readonly windowMs?: number | undefined
}

const DELAY_RULES: Rules<EventLoopDelayOptions> = {
  from: optional(numberFrom(0)),
  to: optional(numberFrom(0)),
  resolutionMs: optional(integerFrom(1)),
  windowMs: optional(positive),
}

/** What the histogram of `monitorEventLoopDelay` offers; times are in nanoseconds. */
export interface DelayHistogram {
  readonly mean: number
  readonly count: number
  reset(): void
  disable(): boolean
}

/**
 * The mean delay of the event loop over the last window, in milliseconds, without the resolution of the measurement:
 * near 0 when idle. While the loop has not run at all it is the time since it last did. Sheds from 100 to 500 ms by
 * default.
 *
 * Holds two timers that don't keep the process alive, one to measure and one to begin a new window when nobody asks;
 * `close()` stops them.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function eventLoopDelayProbe(given: EventLoopDelayOptions = {}): ClosableProbe {
  const defaults = { from: 100, to: 500, resolutionMs: 10, windowMs: 250 }
  const options = resolveOptions('eventLoopDelayProbe', given, DELAY_RULES, defaults)
  const histogram = monitorEventLoopDelay({ resolution: options.resolutionMs })
  histogram.enable()
  return delayProbe(histogram, options, unheldClock)
}

/** The time of the process, with timers that don't keep it alive. */
const unheldClock: Clock = {
  nowMs: () => systemClock.nowMs(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.ceil(delayMs), MAX_TIMER_MS)).unref()
    return () => clearTimeout(timer)
  },
}

/** The probe itself, over any histogram and clock. */
export function delayProbe(
  histogram: DelayHistogram,
  { from, to, resolutionMs, windowMs }: Required<{ [K in keyof EventLoopDelayOptions]: number }>,
  clock: Clock,
): ClosableProbe {
  let openedMs = clock.nowMs()
  let lastMs = 0
  const read = (): number => {
    const openMs = clock.nowMs() - openedMs
    if (openMs < windowMs) return lastMs
    // Without a sample the mean is NaN: the loop has not come round once, so it is as late as the window is long.
    const delayMs = histogram.count > 0 ? histogram.mean / 1e6 : openMs
    lastMs = Math.max(0, delayMs - resolutionMs)
    histogram.reset()
    openedMs += openMs
    return lastMs
  }
  // Where asks are rare, a window that lasts from one ask to the next would reach back over hours.
  const renew = (): void => {
    read()
    stopRenewing = clock.schedule(openedMs + windowMs - clock.nowMs(), renew)
  }
  let stopRenewing = clock.schedule(windowMs, renew)
  const close = (): void => {
    stopRenewing()
    histogram.disable()
  }
  return { name: 'event loop delay ms', from, to, read, close, [Symbol.dispose]: close }
}

/** Options of `eventLoopUtilizationProbe`. */
export interface EventLoopUtilizationOptions extends ProbeRange {
  /** The window in milliseconds. Above 0. @defaultValue 250 */
  readonly windowMs?: number | undefined
}

const UTILIZATION_RULES: Rules<EventLoopUtilizationOptions> = {
  from: optional(numberFrom(0)),
  to: optional(numberFrom(0)),
  windowMs: optional(positive),
}

/**
 * The share of the last window in which the event loop was busy, from 0 to 1; of all the time since it was last asked,
 * where that is longer ago: it has no timer. By default it sheds from 0.98 on, and
 * the least important class only: a busy loop that is not late does its work.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function eventLoopUtilizationProbe(given: EventLoopUtilizationOptions = {}): WatchedProbe {
  const defaults = { from: 0.98, to: 1.1, windowMs: 250 }
  const options = resolveOptions('eventLoopUtilizationProbe', given, UTILIZATION_RULES, defaults)
  return utilizationProbe(performance.eventLoopUtilization, options, systemClock)
}

/** The probe itself, over any source of utilisation and clock. */
export function utilizationProbe(
  measure: (since?: EventLoopUtilization) => EventLoopUtilization,
  { from, to, windowMs }: Required<{ [K in keyof EventLoopUtilizationOptions]: number }>,
  clock: Clock,
): WatchedProbe {
  let openedMs = clock.nowMs()
  let opening = measure()
  let last = 0
  const read = (): number => {
    const nowMs = clock.nowMs()
    // A window that has just opened holds nothing but the callback that asks: always busy.
    if (nowMs - openedMs < windowMs) return last
    const { utilization } = measure(opening)
    last = Number.isFinite(utilization) ? utilization : 0
    opening = measure()
    openedMs = nowMs
    return last
  }
  return { name: 'event loop utilization', from, to, read }
}
