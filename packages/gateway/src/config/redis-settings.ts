/**
 * The settings of the Redis or Valkey on which several gateways share the
 * rates of their tenants.
 *
 * Pure; imports `kinds`, `secret`.
 */
import { z } from 'zod'
import { integerFrom, oneOf } from './kinds.ts'
import { type Secret, secret } from './secret.ts'

/** Where the shared rates are kept, and what happens without it. */
export interface RedisSettings {
  /** It may hold a password. */
  readonly url: Secret
  readonly whenAway: 'refuse' | 'allow' | 'local'
  /** How many gateways share the rates; given when `whenAway` is `local`. */
  readonly nodes?: number | undefined
  readonly mode: 'leased' | 'exact'
}

const A_URL = 'a URL as redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT'

function isRedisUrl(given: string): boolean {
  return URL.canParse(given) && ['redis:', 'rediss:'].includes(new URL(given).protocol)
}

/** What the gateways share; each must say the same. */
export const redisSettings: z.ZodType<RedisSettings, unknown> = z
  .strictObject(
    {
      url: secret(A_URL, isRedisUrl).meta({
        secret: true,
        description: 'Where Redis or Valkey is, with the password if it wants one.',
      }),
      whenAway: oneOf('refuse', 'allow', 'local').meta({
        description:
          'What happens while it cannot be asked: tenants with a rate are refused with 503 (`refuse`), their rates do not hold (`allow`), or each gateway holds them to its share (`local`). No default: a limit that guards money must refuse, one that guards a page may allow.',
      }),
      nodes: integerFrom(1).optional().meta({
        unit: 'gateways',
        description: 'How many gateways there are: with `whenAway: local` each has that part of the rates.',
      }),
      mode: oneOf('leased', 'exact').prefault('leased').meta({
        description:
          '`leased`: a gateway borrows a quarter of a second’s worth, and decides without asking. `exact`: it asks for every request.',
      }),
    },
    { error: 'an object of settings' },
  )
  .superRefine(({ whenAway, nodes }, context) => {
    if (whenAway === 'local' && nodes === undefined) {
      const message = 'the number of gateways when whenAway is local: each has that part of the rates'
      context.addIssue({ code: 'custom', path: ['nodes'], message })
    }
    if (whenAway !== 'local' && nodes !== undefined) {
      const message = `left out when whenAway is ${whenAway}`
      context.addIssue({ code: 'custom', path: ['nodes'], message })
    }
  })
