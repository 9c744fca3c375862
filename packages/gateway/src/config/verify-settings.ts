/**
 * The settings by which a stream takes only what its sender has signed.
 *
 * Pure; imports `kinds`, `secret`.
 */
import { z } from 'zod'
import { milliseconds } from './kinds.ts'
import { oneOrMore, type Secret, secret } from './secret.ts'

/** Signatures of the Standard Webhooks scheme, which every request must have. */
export interface VerifySettings {
  readonly type: 'standard-webhooks'
  /** Any of them will do. Each is `whsec_` and a key in base64. */
  readonly secrets: readonly Secret[]
  readonly toleranceMs: number
}

const A_SECRET = 'whsec_ and 24 to 64 bytes in base64'

/** A secret of the Standard Webhooks scheme. */
export function webhookSecret(): z.ZodType<Secret, string | undefined> {
  return secret(A_SECRET, isWebhookSecret)
}

function isWebhookSecret(given: string): boolean {
  const key = given.startsWith('whsec_') ? given.slice('whsec_'.length) : ''
  const { length } = Buffer.from(key, 'base64')
  return /^[A-Za-z0-9+/]+={0,2}$/.test(key) && length >= 24 && length <= 64
}

/** How requests to a stream are verified. */
export const verifySettings: z.ZodType<VerifySettings, unknown> = z
  .strictObject(
    {
      type: z.literal('standard-webhooks', { error: 'standard-webhooks' }).meta({
        description: 'The Standard Webhooks scheme: `webhook-id`, `webhook-timestamp`, `webhook-signature`.',
      }),
      secret: oneOrMore(webhookSecret(), `${A_SECRET}, or a list of such`).meta({
        secret: true,
        description:
          'What the sender signs with; while it is changed, a list with the old one and the new one.',
      }),
      toleranceMs: milliseconds().prefault(300_000).meta({
        unit: 'ms',
        description: 'How far the time that was signed may be from now.',
      }),
    },
    { error: `an object of settings, as { type: standard-webhooks, secret: "\${SECRET}" }` },
  )
  .transform(({ type, secret, toleranceMs }) => ({ type, secrets: secret, toleranceMs }))
