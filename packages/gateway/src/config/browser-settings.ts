/**
 * The settings that concern browsers: which pages may send events, and under
 * which names the admin listener may be reached.
 *
 * Pure; imports nothing of the gateway.
 */
import { z } from 'zod'

/** Pages of other origins that may send. */
export interface CorsSettings {
  /** Exact origins, or `*` alone for all. */
  readonly origins: readonly string[]
}

const ORIGIN = 'an exact origin, as https://shop.example or http://localhost:3000, or "*"'
const HOST = 'a host name without a port, as gateway.example'

function isOrigin(given: string): boolean {
  if (given === '*') return true
  return /^https?:/.test(given) && URL.canParse(given) && new URL(given).origin === given
}

/** Which origins may send. */
export const corsSettings: z.ZodType<CorsSettings, unknown> = z.strictObject(
  {
    origins: z
      .array(z.string({ error: ORIGIN }).refine(isOrigin, { error: ORIGIN }), { error: 'a list of origins' })
      .min(1, { error: 'a list of at least one origin' })
      .meta({ description: 'The exact origins, or `"*"` for all.' }),
  },
  { error: 'an object of settings, as { origins: ["https://shop.example"] }' },
)

/** A list of host names, in lower case. */
export function hostNames(): z.ZodType<readonly string[], unknown> {
  const host = z
    .string({ error: HOST })
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, { error: HOST })
    .transform((given) => given.toLowerCase())
  return z.array(host, { error: 'a list of host names' }).prefault([])
}
