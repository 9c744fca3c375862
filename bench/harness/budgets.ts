/**
 * A promise about speed or memory, and how a run judges it.
 *
 * Ratios are judged by the median of the ratios within each round.
 */
import type { Topic } from './benchmark.ts'
import type { Figures, Place } from './figures.ts'
import { digits, withSpread } from './numbers.ts'
import type { Summary } from './statistics.ts'

/** What was measured, in words, and whether it keeps the promise. */
export interface Verdict {
  readonly measured: string
  readonly met: boolean
}

/** One promise. */
export interface Budget {
  /** The topics it needs. */
  readonly topics: readonly Topic[]
  readonly what: string
  readonly promise: string
  /** `undefined` when a figure it needs is missing. */
  judge(figures: Figures): Verdict | undefined
}

/** Promises to be at least `factor` times as good as another subject of the same benchmark. */
export function atLeastTimes([benchmark, subject]: Place, over: string, factor: number): Budget['judge'] {
  return (figures) => judged(figures.advantage(benchmark, subject, over), '×', (times) => times >= factor)
}

/** Promises that every one of the given figures is at most `most`. */
export function atMost(places: readonly Place[], unit: string, most: number): Budget['judge'] {
  return (figures) => {
    const summaries = places.map((place) => figures.summary(place))
    if (summaries.some((summary) => summary === undefined)) return undefined
    const worst = summaries.filter((summary) => summary !== undefined).sort((a, b) => b.median - a.median)[0]
    return judged(worst, unit, (value) => value <= most)
  }
}

/** Promises that a figure is at least `least`. */
export function atLeast(place: Place, unit: string, least: number): Budget['judge'] {
  return (figures) => judged(figures.summary(place), unit, (value) => value >= least)
}

/** Promises to be better than every other subject of the benchmark that `counts`. */
export function betterThanEvery(
  [benchmark, subject]: Place,
  counts: (rival: string) => boolean,
): Budget['judge'] {
  return (figures) => {
    const closest = figures.closestRival(benchmark, subject, counts)
    if (!closest) return undefined
    const { measured, met } = judged(closest.advantage, '×', (times) => times > 1) ?? {
      measured: '',
      met: false,
    }
    return { measured: `${measured} the closest, ${closest.rival}`, met }
  }
}

/** Promises about a figure made of two of the same round. */
export function combined(
  one: Place,
  other: Place,
  rule: {
    readonly make: (one: number, other: number) => number
    readonly unit: string
    readonly most: number
  },
): Budget['judge'] {
  return (figures) => judged(figures.combine(one, other, rule.make), rule.unit, (value) => value <= rule.most)
}

/**
 * Promises so many millions a second on a machine where the clock reads in `clockNs`, and in proportion on a slower
 * or faster one.
 */
export function atLeastByClock(
  place: Place,
  clock: Place,
  promised: { readonly millions: number; readonly clockNs: number },
): Budget['judge'] {
  return (figures) => {
    const speed = figures.summary(place)
    const clockNs = figures.summary(clock)
    if (!speed || !clockNs) return undefined
    const needed = (promised.millions * promised.clockNs) / clockNs.median
    const verdict = judged(speed, 'M/s', (millions) => millions >= needed)
    const here = `the clock reads in ${digits(clockNs.median)} ns here, which makes it ${digits(needed)} M/s`
    return verdict && { ...verdict, measured: `${verdict.measured}; ${here}` }
  }
}

function judged(
  summary: Summary | undefined,
  unit: string,
  keeps: (median: number) => boolean,
): Verdict | undefined {
  return summary && { measured: `${withSpread(summary)} ${unit}`.trimEnd(), met: keeps(summary.median) }
}
