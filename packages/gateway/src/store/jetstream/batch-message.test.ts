import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBatch, encodeBatch } from './batch-message.ts'

const event = fc.record(
  {
    id: fc.string({ unit: 'grapheme' }),
    receivedAtMs: fc.nat(),
    tenant: fc.string(),
    contentType: fc.string(),
    payload: fc.uint8Array(),
    key: fc.string({ unit: 'binary' }),
    traceparent: fc.string(),
    attributes: fc.string(),
  },
  { requiredKeys: ['id', 'receivedAtMs', 'tenant', 'contentType', 'payload'] },
)

it('reads back any batch that it wrote', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
      const read = decodeBatch(encodeBatch(events))
      expect(read.map((each) => ({ ...each, payload: [...each.payload] }))).toEqual(
        events.map((each) => ({ ...each, payload: [...each.payload] })),
      )
    }),
  )
})

it('takes nothing else for a batch', () => {
  const whole = encodeBatch([
    { id: 'a', receivedAtMs: 1, tenant: '', contentType: 'x', payload: Buffer.from('abc') },
  ])
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeBatch(whole.subarray(0, length))).toThrow()
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => decodeBatch(bytes)).toThrow()
    }),
  )
})
