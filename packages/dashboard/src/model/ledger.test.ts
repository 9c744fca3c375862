import { describe, expect, it } from 'vitest'
import { gatewayState, streamState } from '../testing/states.ts'
import { eventLedger, requestLedger } from './ledger.ts'
import { ratesBetween } from './rates.ts'

const stream = streamState({
  requests: {
    received: 20,
    accepted: 10,
    refused: [
      { code: 'ERR_RATE_LIMITED', phase: 'early', count: 2 },
      { code: 'ERR_QUEUE_FULL', phase: 'late', count: 5 },
    ],
    abandoned: 2,
    waiting: 1,
  },
  events: {
    accepted: 30,
    recovered: 6,
    duplicates: 3,
    delivered: 20,
    evicted: 1,
    failed: 2,
    deadLettered: 3,
  },
})

describe('a ledger', () => {
  it('of requests names every outcome, the commonest refusal first, and balances', () => {
    const { ins, outs, imbalance } = requestLedger(stream, undefined)
    expect(ins.map(({ label, count }) => [label, count])).toEqual([['received', 20]])
    expect(outs.map(({ label, count }) => [label, count])).toEqual([
      ['accepted', 10],
      ['refused: queue full', 5],
      ['refused: rate limited', 2],
      ['abandoned', 2],
      ['waiting', 1],
    ])
    expect(imbalance).toBe(0)
  })

  it('of events says by how much it does not balance', () => {
    expect(eventLedger(stream, undefined).imbalance).toBe(10)
    const whole = streamState({ events: { ...stream.events, queued: 4, inFlight: 5, retrying: 1 } })
    expect(eventLedger(whole, undefined).imbalance).toBe(0)
  })

  it('has rates for what flows, a zero too, and none for what lies there', () => {
    const before = gatewayState(0, [streamState()])
    const rates = ratesBetween(before, gatewayState(1000, [stream]), 'orders')
    const { outs } = requestLedger(stream, rates)
    expect(outs.map(({ rate }) => rate)).toEqual([10, 5, 2, 2, undefined])
    expect(eventLedger(stream, rates).outs.find(({ label }) => label === 'purged')?.rate).toBe(0)
  })
})
