/**
 * Everything a check warns of.
 *
 * Pure; imports every rule.
 */
import type { Configuration } from '../load-settings.ts'
import { originWarnings, redisWarnings, replayWarnings, secretWarnings } from './access-warnings.ts'
import { incomingWarnings, outgoingWarnings } from './batch-warnings.ts'
import { orderWarnings } from './fleet-warnings.ts'
import { bodyWarnings, diskWarnings, keepingWarnings, memoryWarnings } from './space-warnings.ts'
import { deliveryWarnings, drainWarnings, patienceWarnings, timeBombWarnings } from './time-warnings.ts'
import { type Surroundings, viewsOf, type Warning } from './warning.ts'

/** The warnings, in the order of the settings in the table. */
export function warningsOf(
  { settings, written }: Pick<Configuration, 'settings' | 'written'>,
  surroundings: Surroundings,
): readonly Warning[] {
  const views = viewsOf(settings)
  return [
    ...secretWarnings(written),
    ...originWarnings(settings),
    ...bodyWarnings(settings),
    ...drainWarnings(settings.drainTimeoutMs, views),
    ...redisWarnings(settings),
    ...memoryWarnings(views, { settings, memoryBytes: surroundings.memoryBytes }),
    ...diskWarnings(views, surroundings),
    ...views.flatMap((view) => [
      ...timeBombWarnings(view, surroundings),
      ...patienceWarnings(view),
      ...deliveryWarnings(view, settings),
      ...keepingWarnings(view),
      ...replayWarnings(view),
      ...outgoingWarnings(view),
      ...incomingWarnings(view, settings),
      ...orderWarnings(view, settings),
    ]),
  ]
}
