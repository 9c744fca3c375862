import { expect, it } from 'vitest'
import { RecentEvents } from './recent-events.ts'

it('tells size and time of what was noted, until it is forgotten', () => {
  const recent = new RecentEvents()
  expect([recent.bytesOf(1), recent.receivedAtMsOf(1)]).toEqual([undefined, undefined])
  recent.note(1, 200, 1_700_000_000_000)
  expect([recent.bytesOf(1), recent.receivedAtMsOf(1)]).toEqual([200, 1_700_000_000_000])
  recent.note(1, 201, 5)
  recent.forget(2)
  expect([recent.bytesOf(1), recent.receivedAtMsOf(1)]).toEqual([201, 5])
  recent.forget(1)
  expect(recent.bytesOf(1)).toBeUndefined()
})

it('remembers a hundred thousand that follow each other, and never takes one for another', () => {
  const recent = new RecentEvents()
  for (let seq = 1; seq <= 300_000; seq++) recent.note(seq, seq, 2 * seq)
  const numbers = Array.from({ length: 300_000 }, (_, index) => index + 1)
  const known = numbers.filter((seq) => recent.bytesOf(seq) === seq && recent.receivedAtMsOf(seq) === 2 * seq)
  expect(known.length).toBeGreaterThanOrEqual(100_000)
  expect(known).toEqual(numbers.slice(-known.length))
  expect(numbers.filter((seq) => recent.bytesOf(seq) !== undefined)).toEqual(known)
})
