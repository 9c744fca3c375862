/**
 * What one gateway can promise, and several beside each other cannot.
 *
 * Pure; imports `warning`.
 */
import type { ResolvedSettings } from '../load-settings.ts'
import type { StreamView, Warning } from './warning.ts'

/** Order that each gateway keeps for itself, where the settings say that there are several. */
export function orderWarnings(
  { settings: { orderBy, store }, warn }: StreamView,
  { redis, jetstream }: Pick<ResolvedSettings, 'redis' | 'jetstream'>,
): readonly Warning[] {
  if (orderBy === undefined || store === 'jetstream' || !(redis || jetstream)) return []
  const whence = redis ? 'redis' : 'jetstream'
  const where = store === 'disk' ? 'on its own disk' : 'in its own memory'
  const sentence = `keeps the order of what is ${where}, and ${whence} says that there are several gateways: events of one key that reach different ones are delivered in any order; keep the stream on jetstream, or see to it that each key is sent to one gateway`
  return [warn('orderBy', sentence)]
}
