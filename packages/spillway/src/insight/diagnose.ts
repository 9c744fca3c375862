/**
 * Why does my queue overflow? From the bins of the last two minutes to one
 * word, its evidence and a remedy. The rules stand in `rules.ts`.
 *
 * Pure: it takes a snapshot and reads no clock.
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { adviceFor, HEALTHY_ADVICE } from './advice.ts'
import type { Diagnosis } from './diagnosis.ts'
import { latestEpisode } from './episode.ts'
import { investigate } from './finding.ts'
import { type DiagnoseOptions, queueFacts } from './queue-facts.ts'
import { alternativeTo, causeOf, confidenceIn } from './rules.ts'
import { NO_SHARES } from './shares.ts'

/**
 * Tells why the latest drops happened; healthy when there was none in the last `quietAfterMs`.
 * Costs a few passes over the bins: ask it once in a while, not for each item.
 *
 * @param bins - from `BinSeries.snapshot`
 * @throws OptionError when an option is unknown, missing or out of its range
 */
export function diagnose(bins: BinSnapshot, options: DiagnoseOptions): Diagnosis {
  const queue = queueFacts(options)
  const episode = latestEpisode(bins, queue)
  if (!episode) return HEALTHY
  const finding = investigate(bins, episode, queue)
  const verdict = causeOf(finding)
  return {
    verdict,
    alternative: alternativeTo(verdict, finding.shares),
    confidence: confidenceIn(finding),
    shares: finding.shares,
    evidence: finding.evidence,
    advice: adviceFor(verdict, finding),
  }
}

const HEALTHY: Diagnosis = {
  verdict: 'healthy',
  alternative: undefined,
  confidence: 1,
  shares: NO_SHARES,
  evidence: undefined,
  advice: HEALTHY_ADVICE,
}
