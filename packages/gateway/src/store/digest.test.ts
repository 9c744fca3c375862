import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyDigest, dedupeKey, SentBody, tenantOfKey } from './digest.ts'

describe('the key of an event in the dedupe window', () => {
  it('is the same only for the same tenant and id, for any two', () => {
    const name = fc.string({ maxLength: 200 })
    fc.assert(
      fc.property(name, name, name, name, (tenant, id, otherTenant, otherId) => {
        const isSame = tenant === otherTenant && id === otherId
        expect(dedupeKey({ tenant, id }) === dedupeKey({ tenant: otherTenant, id: otherId })).toBe(isSame)
      }),
    )
    expect(dedupeKey({ tenant: 'a', id: 'b c' })).not.toBe(dedupeKey({ tenant: 'a b', id: 'c' }))
  })

  it('names its tenant, for any whose name is of usual length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 64 }), fc.string({ maxLength: 200 }), (tenant, id) => {
        expect(tenantOfKey(dedupeKey({ tenant, id }))).toBe(tenant)
      }),
    )
    expect(tenantOfKey(dedupeKey({ tenant: 'x'.repeat(200), id: 'b' }))).toBe('#')
  })

  it('is short for a long id', () => {
    const long = 'x'.repeat(16_000)
    expect(dedupeKey({ tenant: 't', id: long }).length).toBeLessThan(130)
    expect(dedupeKey({ tenant: 't', id: long })).not.toBe(dedupeKey({ tenant: 't', id: `${long}y` }))
  })
})

it('the digest of a body tells apart content types and payloads', () => {
  const digest = (contentType: string, text: string): bigint =>
    bodyDigest({ contentType, payload: Buffer.from(text) })
  expect(digest('a', 'b')).toBe(digest('a', 'b'))
  expect(digest('a', 'b')).not.toBe(digest('a', 'c'))
  expect(digest('a', 'b')).not.toBe(digest('ab', ''))
})

it('a body that was sent is digested once, and let go of', () => {
  const bytes = Buffer.from('[1,2]')
  const sent = new SentBody('application/json', bytes)
  const digest = sent.digest()
  expect(digest).toBe(bodyDigest({ contentType: 'application/json', payload: bytes }))
  bytes.fill(0)
  expect(sent.digest()).toBe(digest)
})
