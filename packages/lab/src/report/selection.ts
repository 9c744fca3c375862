/**
 * Picks from results what a plot shows.
 */
import { POLICIES, POLICY_NAMES } from '../policies/roster.ts'
import type { Result, Row } from '../record/result.ts'
import { median } from '../record/table.ts'

/** The results that count: of a set, in virtual time unless told otherwise, and valid. */
export function ofSet(results: readonly Result[], set: string, backend: Row['backend'] = 'sim'): Result[] {
  return results.filter(({ row }) => row.set === set && row.backend === backend && row.valid)
}

/** Their policies, in the order of the roster; what it doesn't know comes last. */
export function policiesOf(results: readonly Result[]): string[] {
  const seen = new Set(results.map(({ row }) => row.policy))
  return [
    ...POLICY_NAMES.filter((name) => seen.has(name)),
    ...[...seen].filter((name) => !(name in POLICIES)),
  ]
}

/** The first seed of each case and policy: what one run looked like. */
export function firstSeedOf(results: readonly Result[]): Result[] {
  const seen = new Set<string>()
  return results.filter(({ row }) => {
    const key = `${row.policy}\n${row.scenario}`
    return !seen.has(key) && seen.add(key)
  })
}

/** The median over the seeds of a figure, for each policy and load. */
export function mediansByLoad(
  results: readonly Result[],
  figure: (row: Row) => number,
): { policy: string; kind: string; times: number; value: number }[] {
  return policiesOf(results).flatMap((policy) => {
    const own = results.filter(({ row }) => row.policy === policy)
    const loads = [...new Set(own.map(({ row }) => row.times))].toSorted((a, b) => a - b)
    return loads.map((times) => ({
      policy,
      kind: kindTitle(policy),
      times,
      value: median(own.filter(({ row }) => row.times === times).map(({ row }) => figure(row))),
    }))
  })
}

/** How a panel of policies of one kind is called. */
export function kindTitle(policy: string): string {
  const titles = { wrong: 'wrong', right: 'known good', spillway: 'Spillway', reference: 'for comparison' }
  return titles[POLICIES[policy]?.kind ?? 'reference']
}

/** The panels in their order. */
export const KIND_TITLES: readonly string[] = ['wrong', 'Spillway', 'known good', 'for comparison']

/** Those that a plot with room for a few lines shows. */
export const TELLING: readonly string[] = [
  'unbounded-queue',
  'parked-in-wait',
  'slow-consumer',
  'count-160',
  'bounded-blocking',
  'processor',
  'limiter',
  'vegas',
]
