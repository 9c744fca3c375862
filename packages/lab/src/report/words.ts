/**
 * The report in words: what the results say, with their numbers.
 */
import { POLICIES, type PolicyKind } from '../policies/roster.ts'
import type { Result, Row } from '../record/result.ts'
import { type BudgetVerdict, budgetsOf } from './budgets.ts'
import { mediansByLoad, ofSet, policiesOf } from './selection.ts'
import { bytes } from './size-words.ts'

/** A sentence for each thing that the results show. */
export function summaryOf(results: readonly Result[]): string[] {
  return [
    ...aboveTheCeiling(ofSet(results, 'S1')),
    ...memorySentence(ofSet(results, 'S9')),
    ...recoverySentence(ofSet(results, 'S4')),
    ...importanceSentence(ofSet(results, 'S6')),
    ...cascadeSentence(ofSet(results, 'cascade')),
    ...liveSentences(results),
  ]
}

function isKind(policy: string, kind: PolicyKind): boolean {
  return POLICIES[policy]?.kind === kind
}

function aboveTheCeiling(results: readonly Result[]): string[] {
  const above = mediansByLoad(results, (row) => row.goodputRatio).filter(({ times }) => times >= 1.2)
  if (above.length === 0) return []
  const loads = above.map(({ times }) => times)
  const span = `From ${Math.min(...loads)} to ${Math.max(...loads)} times the capacity`
  const ours = above.filter(({ policy }) => isKind(policy, 'spillway'))
  const wrong = above.filter(({ policy }) => isKind(policy, 'wrong') && policy !== 'slow-consumer')
  return [
    ...(ours.length > 0
      ? [`${span} Spillway's policies answer in time between ${range(ours)} of what the server can do.`]
      : []),
    ...(wrong.length > 0 ? [`The wrong patterns answer between ${range(wrong)}.`] : []),
  ]
}

function range(data: readonly { readonly value: number }[]): string {
  const values = data.map(({ value }) => value)
  return `${Math.min(...values).toFixed(2)} and ${Math.max(...values).toFixed(2)}`
}

function memorySentence(results: readonly Result[]): string[] {
  const most = (kind: PolicyKind, pick: (...values: number[]) => number): string | undefined => {
    const rows = results.filter(({ row }) => isKind(row.policy, kind)).map(({ row }) => row.memoryMaxBytes)
    return rows.length === 0 ? undefined : bytes(pick(...rows))
  }
  const [worst, ours] = [most('wrong', Math.max), most('spillway', Math.max)]
  if (!worst || !ours) return []
  return [
    `At ten times the capacity the worst of the wrong patterns held ${worst} when the run ended, and was still growing; Spillway's policies held at most ${ours} once warm.`,
  ]
}

function recoverySentence(results: readonly Result[]): string[] {
  const never = policiesOf(results).filter((policy) =>
    results.some(({ row }) => row.policy === policy && row.recoveryMs === 'never'),
  )
  const ours = results.flatMap(({ row }) =>
    isKind(row.policy, 'spillway') && typeof row.recoveryMs === 'number' ? [row.recoveryMs] : [],
  )
  return [
    ...(never.length > 0
      ? [
          `After a surge with retries these never recovered while they were watched, in at least one case: ${never.join(', ')}.`,
        ]
      : []),
    ...(ours.length > 0
      ? [
          `Of Spillway's policies the slowest was as good as before ${(Math.max(...ours) / 1000).toFixed(2)} s after the surge.`,
        ]
      : []),
  ]
}

function importanceSentence(results: readonly Result[]): string[] {
  const byImportance = results.find(
    ({ row, classes }) => row.policy === 'by-importance' && classes.length > 1,
  )
  const critical = byImportance?.classes.find(({ criticality }) => criticality === 'critical')
  if (!critical) return []
  return [
    `At three times the capacity shedding by importance answered ${(100 * critical.success).toFixed(1)} % of the critical requests in time.`,
  ]
}

function cascadeSentence(results: readonly Result[]): string[] {
  const deaths = (policy: string): number | undefined =>
    results.find(({ row }) => row.policy === policy)?.row.deaths
  const [spawn, ours] = [deaths('unbounded-spawn'), deaths('processor')]
  if (spawn === undefined || ours === undefined) return []
  return [
    `Of three instances behind one balancer, unbounded-spawn lost one ${spawn} times; a Processor ${ours} times.`,
  ]
}

function liveSentences(results: readonly Result[]): string[] {
  const live = results.filter(({ row }) => row.backend === 'live')
  if (live.length === 0) return []
  const invalid = live.filter((result) => !result.row.valid && !result.live?.stoppedAtMemoryBound)
  const stopped = live.filter((result) => result.live?.stoppedAtMemoryBound)
  const named = (rows: readonly Result[]): string =>
    rows.map(({ row }: { row: Row }) => `${row.policy} at ${row.times}x`).join(', ')
  return [
    `In real time ${live.filter(({ row }) => row.valid).length} of ${live.length} runs ended and were valid${invalid.length > 0 ? `; not shown: ${named(invalid)}` : ''}.`,
    ...(stopped.length > 0 ? [`Stopped at the memory bound: ${named(stopped)}.`] : []),
    ...agreementSentence(live),
    ...budgetSentences(live.flatMap(budgetsOf)),
  ]
}

function budgetSentences(budgets: readonly BudgetVerdict[]): string[] {
  const [told, untold] = [budgets.filter(isTold), budgets.filter((budget) => !isTold(budget))]
  if (budgets.length === 0) return []
  const held = told.filter(({ verdict }) => verdict !== 'not held')
  const missed = told.filter(({ verdict }) => verdict === 'not held')
  const named = missed.map(
    ({ policy, times, promise, measured }) => `${policy} at ${times}x, ${promise}: ${measured}`,
  )
  return [
    `Of ${told.length} promises that these runs can tell of, Spillway's defaults held ${held.length}${missed.length > 0 ? `; not held: ${named.join('; ')}` : ''}.`,
    ...(untold.length > 0 ? [`Not told by runs as short as these: ${namesOf(untold)}.`] : []),
  ]
}

function isTold({ verdict }: BudgetVerdict): boolean {
  return verdict !== 'not told'
}

function namesOf(budgets: readonly BudgetVerdict[]): string {
  return [...new Set(budgets.map(({ promise }) => promise))].join('; ')
}

function agreementSentence(live: readonly Result[]): string[] {
  const gaps = live.flatMap(({ row, live: facts }) => {
    const simulated = facts?.simGoodputRatio
    return row.valid && simulated ? [Math.abs(row.goodputRatio / simulated - 1)] : []
  })
  if (gaps.length === 0) return []
  const most = (100 * Math.max(...gaps)).toFixed(1)
  return [`Real and virtual time agree on the goodput of each valid run within ${most} %.`]
}
