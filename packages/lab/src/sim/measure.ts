/**
 * Figures from journals. Several journals of one scenario, with different
 * seeds, count as one longer run.
 */
import type { Criticality } from 'spillway'
import type { Journal } from './journal.ts'

/** A stretch of time. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/** Answers in time per second and run. */
export function goodputPerSecond(journals: readonly Journal[], { fromMs, toMs }: Span): number {
  const good = journals.reduce((sum, journal) => sum + journal.between('good', fromMs, toMs), 0)
  return (good * 1000) / ((toMs - fromMs) * journals.length)
}

/**
 * The milliseconds after `fromMs` from which every second has a goodput of at least `leastPerSecond`; `Infinity`
 * when the last one hasn't.
 */
export function msUntilGood(
  journals: readonly Journal[],
  { fromMs, toMs }: Span,
  leastPerSecond: number,
): number {
  let sinceMs = fromMs
  for (let atMs = fromMs; atMs + 1000 <= toMs; atMs += 10) {
    if (goodputPerSecond(journals, { fromMs: atMs, toMs: atMs + 1000 }) < leastPerSecond) sinceMs = atMs + 10
  }
  return sinceMs + 1000 > toMs ? Number.POSITIVE_INFINITY : sinceMs - fromMs
}

/** The share of a class's requests that were answered in time, from 0 to 1. */
export function successOf(journals: readonly Journal[], criticality: Criticality): number {
  let [arrived, good] = [0, 0]
  for (const { classes } of journals) {
    arrived += classes.get(criticality)?.arrived ?? 0
    good += classes.get(criticality)?.good ?? 0
  }
  return good / arrived
}

/** A quantile of the time from an attempt to its refusal, in milliseconds. */
export function refusedAfterMs(journals: readonly Journal[], q: number): number {
  const sorted = journals.flatMap(({ refusedAfterMs: times }) => times).toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
}
