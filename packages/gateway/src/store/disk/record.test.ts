import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../store.ts'
import { decodeRecord, mostRecordBytes, type RecordFacts, RecordWriter } from './record.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const event: fc.Arbitrary<NewEvent> = fc.record({
  id: text,
  receivedAtMs: fc.nat(2 ** 31),
  tenant: text,
  contentType: text,
  key: fc.option(text, { nil: undefined }),
  traceparent: fc.option(text, { nil: undefined }),
  attributes: fc.option(
    text.filter((given) => given !== ''),
    { nil: undefined },
  ),
  payload: fc.uint8Array({ maxLength: 300 }),
})
const facts = fc.record({
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  groupStart: fc.nat(2 ** 31),
  lastOfBatch: fc.boolean(),
  digest: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined }),
  replayOf: fc.option(fc.integer({ min: 1, max: 2 ** 50 }), { nil: undefined }),
})

function encode(given: NewEvent, about: RecordFacts, salt: number): Buffer {
  const writer = new RecordWriter(Buffer.alloc(mostRecordBytes(given)), salt)
  writer.write(given, about)
  return writer.written()
}

describe('a record', () => {
  it('gives back any event and what is known of it, in no more bytes than foretold', () => {
    fc.assert(
      fc.property(event, facts, fc.nat(2 ** 31), (given, about, salt) => {
        const bytes = encode(given, about, salt)
        const read = decodeRecord(bytes, 0, salt)
        expect(read).toMatchObject({ ...about, start: 0, end: bytes.length })
        expect({ ...read?.event, payload: [...(read?.event.payload ?? [])] }).toMatchObject({
          ...given,
          payload: [...given.payload],
          seq: about.seq,
        })
      }),
    )
  })

  it('is not read when any one bit of it is flipped, any end of it is missing, or the salt is another', () => {
    fc.assert(
      fc.property(event, facts, fc.nat(), (given, about, place) => {
        const bytes = encode(given, about, 1)
        expect(decodeRecord(bytes, 0, 2)).toBeUndefined()
        expect(decodeRecord(bytes.subarray(0, place % bytes.length), 0, 1)).toBeUndefined()
        const bit = place % (8 * bytes.length)
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expect(decodeRecord(bytes, 0, 1)).toBeUndefined()
      }),
    )
  })
})
