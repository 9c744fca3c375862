import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idOfEvent, MAX_KEY_LENGTH, readIdempotencyKey } from './idempotency-key.ts'

const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) })
const aKey = visible.filter((key) => key !== '' && key.length <= MAX_KEY_LENGTH)

function problemOf(field: string): string | undefined {
  const read = readIdempotencyKey(field)
  return read.isKey ? undefined : read.problem
}

describe('an Idempotency-Key', () => {
  it('is the same, quoted or plain', () => {
    for (const field of ['8e03978e-40d5-43dd-bc93-6894a57f9324', '"8e03978e-40d5-43dd-bc93-6894a57f9324"']) {
      expect(readIdempotencyKey(field)).toEqual({ isKey: true, key: '8e03978e-40d5-43dd-bc93-6894a57f9324' })
    }
  })

  it('gives back any printable text that was quoted', () => {
    fc.assert(
      fc.property(aKey, (key) => {
        const field = `"${key.replaceAll(/["\\]/g, '\\$&')}"`
        expect(readIdempotencyKey(field)).toEqual({ isKey: true, key })
      }),
    )
  })

  it('is never empty, too long, or anything but printable ASCII, whatever the header', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), visible), (field) => {
        const read = readIdempotencyKey(field)
        if (read.isKey) expect(read.key).toMatch(/^[\x20-\x7e]{1,255}$/)
        else expect(read.problem).not.toBe('')
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['', 'is empty; send a key that is new with each request'],
    ['""', 'is empty; send a key that is new with each request'],
    ['x'.repeat(256), 'is 256 characters long; at most 255 are taken'],
    ['a, b', /must be one key/],
    ['"a", "b"', /must be one key/],
    ['"open', /must be one key/],
    ['"a\\b"', /must be one key/],
    ['é', /must be one key/],
  ])('%j is refused with the remedy', (field, expected) => {
    expect(problemOf(field)).toMatch(expected)
  })
})

describe('the id of an event', () => {
  it('is the key itself for the first, and tells the index of the others', () => {
    expect([0, 1, 2].map((index) => idOfEvent('k', index))).toEqual(['k', 'k#1', 'k#2'])
  })

  it('is never that of an event of another request', () => {
    const place = fc.tuple(fc.oneof(aKey, fc.string({ unit: fc.constantFrom('#', '1', 'k') })), fc.nat(20))
    fc.assert(
      fc.property(place, place, ([key, index], [otherKey, otherIndex]) => {
        fc.pre(key !== otherKey || index !== otherIndex)
        expect(idOfEvent(key, index)).not.toBe(idOfEvent(otherKey, otherIndex))
      }),
      { numRuns: 1000 },
    )
  })
})
