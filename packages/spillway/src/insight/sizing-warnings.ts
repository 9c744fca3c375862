/**
 * What no queue can do, told before it is tried.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import type { SizingBounds } from './sizing-bounds.ts'
import type { Sizing } from './sizing-options.ts'
import { say, sayMs, sayShare } from './wording.ts'

/** A line for each need that can't be met, with the remedy. */
export function warningsOf(sizing: Sizing, bounds: SizingBounds): string[] {
  return [...deadlineWarnings(sizing, bounds), ...overloadWarnings(sizing), ...needWarnings(bounds)]
}

function deadlineWarnings({ deadlineMs, serviceP99Ms }: Sizing, { byDeadline }: SizingBounds): string[] {
  if (byDeadline > 0) return []
  return [
    `The deadline of ${sayMs(deadlineMs)} leaves no time to wait beside a service of ${sayMs(serviceP99Ms)} (P99): ` +
      'no queue helps; make the work faster or the deadline longer.',
  ]
}

function overloadWarnings({ arrivalRatePerSecond, serviceRatePerSecond }: Sizing): string[] {
  if (arrivalRatePerSecond === undefined || arrivalRatePerSecond < serviceRatePerSecond) return []
  const loss = 1 - serviceRatePerSecond / arrivalRatePerSecond
  return [
    `${say(arrivalRatePerSecond)}/s arrive and ${say(serviceRatePerSecond)}/s can be done: ${sayShare(loss)} is lost with any queue. ` +
      `Plan for ${say(arrivalRatePerSecond / 0.8)}/s, or shed at the door.`,
  ]
}

function needWarnings(bounds: SizingBounds): string[] {
  const { byDeadline, byMemory = Number.POSITIVE_INFINITY, forRandomness = 0, forBurst = 0 } = bounds
  const bound = byMemory < byDeadline ? 'memory' : 'the deadline'
  const most = Math.min(byDeadline, byMemory)
  const tell = (need: number, of: string): string[] =>
    need > most && most > 0 && Number.isFinite(need)
      ? [`${of} needs ${say(need)} places, ${bound} allows ${say(most)}: more workers, or shed the rest.`]
      : []
  return [...tell(forRandomness, 'The randomness of arrivals and service'), ...tell(forBurst, 'The burst')]
}
