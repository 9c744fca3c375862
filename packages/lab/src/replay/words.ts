/**
 * What a replay says, in sentences.
 */
import { DELAYED_MS, type ReplayPlan } from './replay.ts'
import type { Tally, TallyBin } from './tally.ts'
import { stamp } from './trace.ts'

/** The sums of a replay. */
export function totalsOf(tally: Tally): Omit<TallyBin, 'atMs'> {
  const sums = { arrived: 0, prompt: 0, delayed: 0, late: 0, refused: 0 }
  for (const bin of tally.bins) {
    sums.arrived += bin.arrived
    sums.prompt += bin.prompt
    sums.delayed += bin.delayed
    sums.late += bin.late
    sums.refused += bin.refused
  }
  return sums
}

/** Of work that takes longer than the deadline by itself, so much is worth a word. */
const LATE_ALONE = 0.01

/** The sentences; `policy` is what the policy is called. */
export function replaySummary(
  tally: Tally,
  plan: Pick<ReplayPlan, 'serviceRate' | 'slots' | 'deadlineMs'>,
  policy: string,
): string[] {
  const { serviceRate } = plan
  const bins = tally.bins
  const totals = totalsOf(tally)
  const busiest = bins.reduce((most, bin) => (bin.arrived > most.arrived ? bin : most))
  const perSecond = (count: number): string => Math.round((count * 1000) / tally.binMs).toLocaleString('en')
  const share = (count: number): string => `${((100 * count) / totals.arrived).toFixed(2)} %`
  const inTime = totals.prompt + totals.delayed
  return [
    `${totals.arrived.toLocaleString('en')} requests from ${stamp(bins[0]!.atMs)} to ${stamp(bins.at(-1)!.atMs + tally.binMs)} UTC; most at ${stamp(busiest.atMs)}: ${perSecond(busiest.arrived)} a second.`,
    `${policy}, before a server that does ${serviceRate.toLocaleString('en')} a second: ${share(inTime)} answered in time, of which ${share(totals.delayed)} had to wait more than ${DELAYED_MS} ms.`,
    `${share(totals.refused)} were refused, ${share(totals.late)} were accepted and answered too late, ${share(totals.arrived - inTime - totals.refused - totals.late)} were still inside at the end.`,
    ...lateAlone(plan),
    ...lossSentences(tally, bins),
  ]
}

/** Service times are exponential: e^(-D/S) of them are longer than D. */
function lateAlone({
  serviceRate,
  slots,
  deadlineMs,
}: Pick<ReplayPlan, 'serviceRate' | 'slots' | 'deadlineMs'>): string[] {
  const meanMs = (1000 * slots) / serviceRate
  const share = Math.exp(-deadlineMs / meanMs)
  if (share <= LATE_ALONE) return []
  const mean = Number(meanMs.toPrecision(3)).toLocaleString('en')
  return [
    `One piece of work takes ${mean} ms in the mean (${slots} slots, ${serviceRate.toLocaleString('en')} a second), so ${(100 * share).toFixed(1)} % take longer than the deadline of ${deadlineMs.toLocaleString('en')} ms by themselves: no policy answers those in time. Fewer slots, or a longer deadline?`,
  ]
}

function lossSentences(tally: Tally, bins: readonly TallyBin[]): string[] {
  const lossOf = (bin: TallyBin): number =>
    (bin.arrived - bin.prompt - bin.delayed) / Math.max(1, bin.arrived)
  const hurt = bins.filter((bin) => bin.arrived > 0 && lossOf(bin) > 0.01)
  if (hurt.length === 0) return ['At no time was more than one request in a hundred refused or late.']
  const worst = hurt.reduce((most, bin) => (lossOf(bin) > lossOf(most) ? bin : most))
  const minutes = (hurt.length * tally.binMs) / 60_000
  return [
    `More than one in a hundred was refused or late in ${minutes < 1 ? `${Math.round(minutes * 60)} s` : `${Math.round(minutes)} min`} of it, first at ${stamp(hurt[0]!.atMs)}, last at ${stamp(hurt.at(-1)!.atMs)}; worst at ${stamp(worst.atMs)}: ${(100 * lossOf(worst)).toFixed(1)} %.`,
  ]
}
