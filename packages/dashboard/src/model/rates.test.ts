import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatewayState, streamState } from '../testing/states.ts'
import { ratesBetween, refusalKey } from './rates.ts'

const full = { code: 'ERR_QUEUE_FULL', phase: 'early' } as const

describe('the rates of a stream', () => {
  it('are what the counters gained, for each second between', () => {
    const before = gatewayState(1000, [
      streamState({ requests: { received: 10, accepted: 10 }, events: { accepted: 100 } }),
    ])
    const after = gatewayState(3000, [
      streamState({
        requests: { received: 30, accepted: 20, refused: [{ ...full, count: 8 }], abandoned: 2 },
        events: { accepted: 200, delivered: 50, evicted: 4 },
      }),
    ])
    const rates = ratesBetween(before, after, 'orders')
    expect(rates).toMatchObject({
      offeredRequests: 10,
      acceptedRequests: 5,
      refusedRequests: 4,
      abandonedRequests: 1,
      acceptedEvents: 50,
      deliveredEvents: 25,
      evictedEvents: 2,
    })
    expect(rates?.refusedByReason).toEqual(new Map([[refusalKey(full), 4]]))
  })

  it.each([
    ['the gateway was started again', gatewayState(2000, [streamState()], { startedAtMs: 1500 })],
    ['no time has passed', gatewayState(1000, [streamState()])],
    ['the clock was set back', gatewayState(500, [streamState()])],
    ['the stream is gone', gatewayState(2000, [streamState({ name: 'other' })])],
    ['a counter went back', gatewayState(2000, [streamState({ events: { delivered: 6 } })])],
  ])('are unknown when %s', (_what, after) => {
    const before = gatewayState(1000, [streamState({ events: { delivered: 7 } })])
    expect(ratesBetween(before, after, 'orders')).toBeUndefined()
  })

  it('are never negative, whatever the counters say', () => {
    const counts = fc.record({ accepted: fc.nat(), delivered: fc.nat(), evicted: fc.nat() })
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 60_000 }), (first, second, ms) => {
        const before = gatewayState(0, [streamState({ events: first })])
        const after = gatewayState(ms, [streamState({ events: second })])
        const { refusedByReason, ...rates } = ratesBetween(before, after, 'orders') ?? {}
        for (const rate of [...Object.values(rates), ...(refusedByReason?.values() ?? [])]) {
          expect(rate).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})
