import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type OpenRequest, type RequestCounts, RequestLedger } from './request-ledger.ts'

const ENDS: readonly ((request: OpenRequest) => void)[] = [
  (request) => request.accepted(),
  (request) => request.abandoned(),
  (request) => request.refused('ERR_QUEUE_FULL', 'early'),
  (request) => request.refused('ERR_WAIT_TIMEOUT', 'late'),
]

function accountedFor(counts: RequestCounts): number {
  const refused = counts.refused.reduce((sum, { count }) => sum + count, 0)
  return counts.accepted + refused + counts.abandoned + counts.waiting
}

it('balances after every step, whatever requests open and however often they end', () => {
  const step = fc.record({ opens: fc.boolean(), which: fc.nat(), end: fc.nat({ max: ENDS.length - 1 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const ledger = new RequestLedger()
      const requests: OpenRequest[] = []
      for (const { opens, which, end } of steps) {
        if (opens || requests.length === 0) requests.push(ledger.open())
        else ENDS[end]!(requests[which % requests.length]!)
        const counts = ledger.counts()
        expect(accountedFor(counts)).toBe(counts.received)
        expect(counts.received).toBe(requests.length)
      }
    }),
  )
})

it('counts the first end of a request only', () => {
  const ledger = new RequestLedger()
  const request = ledger.open()
  request.refused('ERR_CLOSED', 'early')
  request.accepted()
  request.abandoned()
  expect(ledger.counts()).toEqual({
    received: 1,
    accepted: 0,
    refused: [{ code: 'ERR_CLOSED', phase: 'early', count: 1 }],
    abandoned: 0,
    waiting: 0,
  })
})
