/**
 * The four rules of the diagnosis, in their order.
 *
 * 1. The replay of the bins' means drops less than half, and the workers could have kept up: swings
 *    shorter than a bin. The queue is too small.
 * 2. At the usual speed of work at least half of the replayed drops vanish, and work is slower by 13 %
 *    or more. Nothing at all was finished for long: stalled. Otherwise the consumer is too slow.
 * 3. A queue within the allowed wait, and within memory, would have held everything: it is too small.
 * 4. Otherwise more arrives than the workers can do: in time, if the queue was not full. Such a queue is never called
 *    too small, for it refused by a budget or a depth of shedding.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import type { CauseShares, OverflowCause } from './diagnosis.ts'
import type { Finding } from './finding.ts'

/** Work at or below this share of its usual rate is slow. */
const SLOW_RATE = 0.87
/** A cause with a smaller share is not worth a second opinion. */
const LEAST_ALTERNATIVE = 0.1
/** From so many arrivals on, their number doesn't lower the confidence. */
const ENOUGH_ARRIVALS = 200

/** The cause of the drops. */
export function causeOf(finding: Finding): OverflowCause {
  if (finding.wasFull && areSwings(finding)) return 'queue-too-small'
  if (isSlow(finding)) return stands(finding) ? 'stalled' : 'consumer-too-slow'
  return finding.wasFull && wouldHold(finding) ? 'queue-too-small' : 'inbound-above-capacity'
}

/** Rule 1: swings shorter than a bin. */
export function areSwings({ evidence }: Finding): boolean {
  return evidence.explained < 0.5 && evidence.utilisation < 1
}

function isSlow({ rates, replayed }: Finding): boolean {
  if (rates.usualService === 0) return true
  const vanishing = replayed.drops - replayed.dropsAtUsualSpeed
  return (
    vanishing > 0 &&
    vanishing >= replayed.drops / 2 &&
    replayed.serviceWhileDropping <= SLOW_RATE * rates.usualService
  )
}

function stands({ stood, replayed }: Finding): boolean {
  return stood || replayed.serviceWhileDropping === 0
}

function wouldHold({ evidence, queue }: Finding): boolean {
  return evidence.waitNeededMs <= queue.maxWaitMs && evidence.capacityNeeded <= queue.maxCapacity
}

/** The cause with the next largest share, unless it is small. */
export function alternativeTo(cause: OverflowCause, shares: CauseShares): OverflowCause | undefined {
  const others = CAUSES.filter((other) => other !== cause && shares[other] >= LEAST_ALTERNATIVE)
  return others.toSorted((a, b) => shares[b] - shares[a])[0]
}

/** From 0 to 1: how well the replay fits, lowered when few items arrived or nothing is known of the usual life. */
export function confidenceIn(finding: Finding): number {
  const { evidence, rates } = finding
  const swings = areSwings(finding)
  const fit = swings ? 1 - evidence.explained : evidence.explained
  const known = swings || rates.isUsualKnown ? 1 : 0.5
  return known * Math.min(fit, 1, evidence.arrivals / ENOUGH_ARRIVALS)
}

const CAUSES: readonly OverflowCause[] = [
  'stalled',
  'consumer-too-slow',
  'queue-too-small',
  'inbound-above-capacity',
]
