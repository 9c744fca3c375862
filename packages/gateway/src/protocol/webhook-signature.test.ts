import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasWebhookSignature, signaturesIn, webhookKey, webhookSignature } from './webhook-signature.ts'

/** The example of the specification's own libraries. */
const HEAD = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330' }
const KEY = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
const BODY = Buffer.from('{"test": 2432232314}')
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const OTHER_KEY = Buffer.alloc(32, 7)

const isSigned = (field: string, keys: readonly Uint8Array[] = [KEY]): boolean =>
  hasWebhookSignature(keys, { head: HEAD, field, body: BODY })

describe('a signature', () => {
  it('is made as in the example of the specification', () => {
    expect(webhookSignature(KEY, HEAD, BODY)).toBe(SIGNATURE)
  })

  it('is known with any of the keys, and among any others', () => {
    expect(isSigned(SIGNATURE)).toBe(true)
    expect(isSigned(SIGNATURE, [OTHER_KEY, KEY])).toBe(true)
    const others = `v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== v1,AAAA`
    expect(isSigned(`${others} ${webhookSignature(OTHER_KEY, HEAD, BODY)} ${SIGNATURE}`)).toBe(true)
  })

  it.each([
    ['of another key', webhookSignature(OTHER_KEY, HEAD, BODY)],
    ['of another body', webhookSignature(KEY, HEAD, Buffer.from('{"test": 2432232315}'))],
    ['of another id', webhookSignature(KEY, { ...HEAD, id: 'msg_other' }, BODY)],
    ['of another time', webhookSignature(KEY, { ...HEAD, timestamp: '1614265331' }, BODY)],
    ['without a version', SIGNATURE.slice('v1,'.length)],
    ['of another version', `v2,${SIGNATURE.slice('v1,'.length)}`],
    ['cut off', SIGNATURE.slice(0, -2)],
    ['that is missing', ''],
  ])('%s is none', (_what, field) => {
    expect(isSigned(field)).toBe(false)
  })

  it('is never found in any text that does not hold it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.base64String({ minLength: 44, maxLength: 44 }).map((b) => `v1,${b}`),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (parts) => {
        const field = parts.join(' ')
        expect(isSigned(field)).toBe(field.split(' ').slice(0, 16).includes(SIGNATURE))
        for (const bytes of signaturesIn(field)) expect(bytes).toHaveLength(32)
      }),
    )
  })
})
