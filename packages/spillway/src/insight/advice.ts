/**
 * What to do about it, in one or two sentences with numbers.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import type { OverflowCause, OverflowEvidence } from './diagnosis.ts'
import type { Finding } from './finding.ts'
import { areSwings } from './rules.ts'
import { say, sayMs, sayShare } from './wording.ts'

/** A load that workers should be planned for: above it waits grow steeply. */
const PLANNED_LOAD = 0.8
/** From this share of retries on, they are named. */
const RETRY_STORM = 0.3

/** What is said of a queue that loses nothing. */
export const HEALTHY_ADVICE = 'Nothing was dropped lately; nothing to do.'

/** The remedy for `cause`. */
export function adviceFor(cause: OverflowCause, finding: Finding): string {
  const storm = finding.evidence.retryShare >= RETRY_STORM ? ` ${retryStorm(finding)}` : ''
  return REMEDIES[cause](finding) + storm
}

const REMEDIES: Readonly<Record<OverflowCause, (finding: Finding) => string>> = {
  'queue-too-small': (finding) => (areSwings(finding) ? forSwings(finding) : forBursts(finding)),
  'consumer-too-slow': forSlowness,
  'inbound-above-capacity': forExcess,
  stalled: forStall,
}

function forBursts(finding: Finding): string {
  const { queue, evidence } = finding
  const { inboundPerSecond, usualServicePerSecond } = evidence
  const met = `${say(inboundPerSecond)}/s met workers that do ${say(usualServicePerSecond)}/s, for a while only`
  const wanted = Math.max(evidence.capacityNeeded, Math.ceil(1.25 * queue.capacity) + 1)
  return `${met}: ${raise(queue.capacity, wanted, evidence)}.`
}

function forSwings(finding: Finding): string {
  const { queue, evidence, capacityForSwings, binMs } = finding
  const cause = `Swings shorter than ${sayMs(binMs)} overflow the queue at ${sayShare(evidence.utilisation)} load`
  const waitMs = (1000 * capacityForSwings) / evidence.usualServicePerSecond
  if (waitMs <= queue.maxWaitMs && capacityForSwings <= queue.maxCapacity) {
    return `${cause}: ${raise(queue.capacity, capacityForSwings, evidence)}.`
  }
  return `${cause}, and a queue that smooths them (${say(capacityForSwings)}) would be too long: ${moreWorkers(finding)}.`
}

function forSlowness(finding: Finding): string {
  const { evidence } = finding
  const slower = say(evidence.usualServicePerSecond / evidence.servicePerSecond)
  return (
    `The workers do ${say(evidence.servicePerSecond)}/s instead of ${say(evidence.usualServicePerSecond)}/s, ` +
    `${slower} times as slow, and ${say(evidence.inboundPerSecond)}/s arrive: speed the work up, or ${moreWorkers(finding)}.`
  )
}

function forExcess(finding: Finding): string {
  const { queue, evidence } = finding
  const { inboundPerSecond, usualServicePerSecond } = evidence
  const shed = 1 - usualServicePerSecond / inboundPerSecond
  const bound =
    usualServicePerSecond >= queue.startRatePerSecond ? 'the start rate allows' : 'the workers can do'
  const remedy = shed > 0 ? `, or shed ${sayShare(shed)} at the door` : ''
  if (!finding.wasFull) {
    return (
      `${say(inboundPerSecond)}/s arrive and ${bound} ${say(usualServicePerSecond)}/s; items were refused at a depth ` +
      `of ${say(evidence.deepest)}, long before the capacity of ${say(queue.capacity)}: a budget or a depth of shedding ` +
      `refused them. Allow more time, or ${moreWorkers(finding)}${remedy}.`
    )
  }
  const places = Number.isFinite(queue.maxCapacity) ? ` and ${say(queue.maxCapacity)} places` : ''
  return (
    `${say(inboundPerSecond)}/s arrive and ${bound} ${say(usualServicePerSecond)}/s; ` +
    `no queue within ${sayMs(queue.maxWaitMs)} of waiting${places} holds that: ${moreWorkers(finding)}${remedy}.`
  )
}

function forStall({ evidence }: Finding): string {
  return (
    `Items waited and nothing was finished for ${sayMs(evidence.longestStallMs)}: look for a blocked event loop, ` +
    'a long garbage collection, a hanging dependency or a pause; bound the work with a handler timeout.'
  )
}

function retryStorm({ evidence }: Finding): string {
  return (
    `${sayShare(evidence.retryShare)} of the arrivals are retries: ` +
    'give the clients a retry budget and an honest Retry-After, or they keep the overload alive.'
  )
}

function raise(capacity: number, wanted: number, evidence: OverflowEvidence): string {
  const addedMs = (1000 * (wanted - capacity)) / evidence.usualServicePerSecond
  return `raise capacity from ${say(capacity)} to ${say(wanted)} (adds up to ${sayMs(addedMs)} of waiting)`
}

/** Workers for the arrivals at the planned load, at the speed that work has now. */
function moreWorkers({ queue, evidence }: Finding): string {
  const { inboundPerSecond } = evidence
  const plannedPerSecond = say(inboundPerSecond / PLANNED_LOAD)
  if (evidence.usualServicePerSecond >= queue.startRatePerSecond) {
    return `raise the start rate from ${say(queue.startRatePerSecond)} to ${plannedPerSecond}/s, if the downstream allows`
  }
  const wanted = Math.ceil((queue.workers * inboundPerSecond) / PLANNED_LOAD / evidence.servicePerSecond)
  const more = Math.max(1, wanted - queue.workers)
  return `add ${say(more)} ${more === 1 ? 'worker' : 'workers'} (to do ${plannedPerSecond}/s), if the downstream allows`
}
