import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SharedCount } from './shared-count.ts'

const share = (items: number) => ({ items, bytes: items * 10, receivedAtMs: 1 })

it('counts what was sent until it is taken on, or known to be gone', () => {
  const count = new SharedCount()
  count.sent(1, share(3))
  count.sent(2, share(2))
  expect([count.items, count.bytes]).toEqual([5, 50])
  count.taken(1, share(3))
  expect(count.items).toBe(2)
  count.observe({ messages: 0, firstSeq: 3, lastSeq: 2 }, 0, 0)
  expect([count.items, count.bytes]).toEqual([0, 0])
})

it('counts the messages of others as the average of those that are known, and as one event when none is', () => {
  const blind = new SharedCount()
  blind.observe({ messages: 4, firstSeq: 1, lastSeq: 4 }, 0, 0)
  expect(blind.items).toBe(4)
  const seeing = new SharedCount()
  seeing.sent(1, share(10))
  seeing.observe({ messages: 5, firstSeq: 1, lastSeq: 5 }, 0, 0)
  expect(seeing.items).toBe(50)
  seeing.taken(2, share(7))
  expect(seeing.items).toBe(40)
})

it('takes for the work of others only what it cannot be sure is its own', () => {
  const count = new SharedCount()
  count.observe({ messages: 3, firstSeq: 1, lastSeq: 3 }, 0, 3)
  expect(count.items).toBe(0)
  count.observe({ messages: 3, firstSeq: 1, lastSeq: 3 }, 0, 1)
  expect(count.items).toBe(2)
})

it('knows that some of what it sent is gone before it knows which', () => {
  const count = new SharedCount()
  for (const seq of [1, 2, 3]) count.sent(seq, share(1))
  count.observe({ messages: 2, firstSeq: 1, lastSeq: 3 }, 0, 0)
  expect(count.items).toBe(2)
})

it('does not miss what was sent since the broker was asked', () => {
  const count = new SharedCount()
  count.sent(1, share(1))
  count.sent(2, share(1))
  count.observe({ messages: 1, firstSeq: 1, lastSeq: 1 }, 0, 0)
  expect(count.items).toBe(2)
})

it('is never below zero, and right whenever nothing is under way, whatever this gateway and others do', () => {
  const steps = fc.array(fc.constantFrom('send', 'others send', 'take', 'others take', 'look'), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, (plan) => {
      const count = new SharedCount()
      const broker: { seq: number; ours: boolean }[] = []
      let last = 0
      for (const step of plan) {
        if (step === 'send' || step === 'others send') {
          broker.push({ seq: ++last, ours: step === 'send' })
          if (step === 'send') count.sent(last, share(1))
        }
        const first = step === 'take' || step === 'others take' ? broker.shift() : undefined
        if (first && step === 'take') count.taken(first.seq, share(1))
        if (step === 'look') {
          const firstSeq = broker[0]?.seq ?? last + 1
          count.observe({ messages: broker.length, firstSeq, lastSeq: last }, 0, 0)
          expect(count.items).toBe(broker.length)
        }
        expect(count.items).toBeGreaterThanOrEqual(0)
        expect(count.bytes).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})
