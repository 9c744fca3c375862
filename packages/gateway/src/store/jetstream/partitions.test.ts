import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inParts, partitionOf } from './partitions.ts'

function keyed(...keys: readonly (string | undefined)[]) {
  return keys.map((key, i) => ({
    ...{ id: `id-${i}`, receivedAtMs: i, tenant: '', contentType: 'x', payload: Buffer.from([i]) },
    key,
  }))
}

// Of the published test vectors of FNV-1a, 32 bits: "", "a", "foobar" are 811c9dc5, e40c292c, bf9cf968.
it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('places the key %j by its hash, which never changes', (key, hash) => {
  for (const partitions of [1, 7, 16, 64]) expect(partitionOf(key, partitions)).toBe(hash % partitions)
})

it('spreads keys: of ten thousand no partition has a fifth more than its share', () => {
  const counts = new Array<number>(16).fill(0)
  for (let i = 0; i < 10_000; i++) counts[partitionOf(`customer-${i}`, 16)]!++
  expect(Math.max(...counts)).toBeLessThan((10_000 / 16) * 1.2)
})

it('puts every event of any batch into one part, all of a key into the same, in their order', () => {
  const key = fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'ä'), { nil: undefined })
  const partitions = fc.integer({ min: 1, max: 64 })
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 20 }), partitions, (keys, count) => {
      const parts = inParts(keyed(...keys), { partitions: count, keyless: 0 })
      const ids = parts.flatMap(({ events }) => events.map(({ id }) => id))
      expect(ids.toSorted()).toEqual(
        keyed(...keys)
          .map(({ id }) => id)
          .toSorted(),
      )
      for (const { partition, events } of parts) {
        expect(events.length).toBeGreaterThan(0)
        expect(events.map(({ receivedAtMs }) => receivedAtMs)).toEqual(
          events.map(({ receivedAtMs }) => receivedAtMs).toSorted((a, b) => a - b),
        )
        for (const event of events) {
          if (event.key !== undefined) expect(partitionOf(event.key, count)).toBe(partition)
        }
      }
    }),
  )
})

it('makes no part for events without a key, which go along with the first one that has one', () => {
  const parts = inParts(keyed(undefined, 'a', undefined), { partitions: 16, keyless: 3 })
  expect(parts).toMatchObject([{ partition: partitionOf('a', 16), events: [{}, {}, {}] }])
  expect(inParts(keyed(undefined, undefined), { partitions: 16, keyless: 3 })).toMatchObject([
    { partition: 3, events: [{}, {}] },
  ])
})
