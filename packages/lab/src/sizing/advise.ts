/**
 * How big should my queue be? The library answers; here stands the question,
 * and the answer in words.
 */
import { recommendCapacity, type SizingOptions } from 'spillway'

/** The answer, a line each. @throws OptionError when a number is out of its range */
export function adviceOn(options: SizingOptions): string[] {
  const { capacity, fullQueueWaitMs, fullQueueBytes, derivation, warnings } = recommendCapacity(options)
  const memory = fullQueueBytes === undefined ? '' : `, and takes ${(fullQueueBytes / 1e6).toFixed(2)} MB`
  return [
    `Capacity: ${capacity}`,
    capacity === 0
      ? 'No queue helps here; see below.'
      : `Full, it adds ${Math.round(fullQueueWaitMs)} ms of waiting${memory}.`,
    '',
    'Where it comes from:',
    ...derivation.map((line) => `  ${line}`),
    '',
    'What no buffer can fix:',
    ...noBufferFixes(options, warnings).map((line) => `  ${line}`),
  ]
}

function noBufferFixes(options: SizingOptions, warnings: readonly string[]): string[] {
  const { serviceRatePerSecond, arrivalRatePerSecond } = options
  const load = arrivalRatePerSecond === undefined ? undefined : arrivalRatePerSecond / serviceRatePerSecond
  return [
    ...warnings,
    ...(load !== undefined && load <= 1 && load > 0.9
      ? [
          `At a load of ${load.toFixed(2)} a slowdown of ${((100 * (1 - load)) / load).toFixed(0)} % fills any queue: plan for ${Math.ceil(arrivalRatePerSecond! / 0.8)}/s.`,
        ]
      : []),
    'A consumer that slows: a count is right for one speed. Bound time too: forSeconds(n), maxQueueMs or finishWithinMs.',
  ]
}
