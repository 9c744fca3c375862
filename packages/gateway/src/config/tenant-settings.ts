/**
 * The settings of tenants: who may send, how fast, and to which streams.
 *
 * Pure; imports `kinds`, `secret`.
 */
import { z } from 'zod'
import { integerFrom, name, positive, text } from './kinds.ts'
import { keys, type Secret } from './secret.ts'
import type { RateSettings } from './stream-settings.ts'

/** Whoever sends with one of some keys. */
export interface TenantSettings {
  readonly name: string
  /** Any of them will do. */
  readonly keys: readonly Secret[]
  /** `undefined`: no rate of its own. */
  readonly rate?: RateSettings | undefined
  /** `undefined`: all. */
  readonly streams?: readonly string[] | undefined
}

const tenant = z
  .strictObject(
    {
      name: name().meta({ description: 'How events, metrics and logs call this tenant.' }),
      key: keys().meta({
        secret: true,
        description:
          'The key that it sends; while keys are changed, a list with the old one and the new one.',
      }),
      ratePerSecond: positive().optional().meta({
        unit: 'events/s',
        description: 'The rate it may send at, over all its streams; more is refused with 429.',
      }),
      burst: integerFrom(1).optional().meta({
        unit: 'events',
        description:
          'How many may arrive at once after a pause, the largest batch too; one second’s worth of the rate when left out.',
      }),
      streams: z
        .array(text('the name of a stream'), { error: 'a list of streams' })
        .min(1, { error: 'a list of at least one stream, or left out for all' })
        .optional()
        .meta({ description: 'The streams it may send to; all when left out.' }),
    },
    { error: `an object of settings, as { name: shop, key: "\${SHOP_KEY}" }` },
  )
  .superRefine(({ ratePerSecond, burst }, context) => {
    if (burst === undefined || ratePerSecond !== undefined) return
    context.addIssue({ code: 'custom', path: ['burst'], message: 'left out without ratePerSecond' })
  })
  .transform(({ name, key, ratePerSecond, burst, streams }): TenantSettings => {
    const rate = ratePerSecond && { ratePerSecond, burst: burst ?? Math.ceil(ratePerSecond) }
    return { name, keys: key, rate: rate || undefined, streams }
  })

/** The tenants. That no two are alike is checked in `settings-agreement.ts`. */
export const tenantSettings: z.ZodType<readonly TenantSettings[], unknown> = z
  .array(tenant, { error: 'a list of tenants' })
  .min(1, { error: 'a list of at least one tenant, or left out' })
