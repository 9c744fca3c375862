/**
 * Nodes that ask in bursts and are silent between them for longer than a lease lasts, in virtual time: what they used
 * is told all the same.
 */
import fc from 'fast-check'
import { VirtualClock } from 'spillway/testing'
import { describe, expect, it } from 'vitest'
import { bankRunner } from '../simulation/bank-runner.ts'
import { LeasedRateLimiter } from './leased-rate-limiter.ts'

const RATE = 1000
const LEASE_MS = 250
const RUN_MS = 5000

const fleet = fc.record({
  nodes: fc.integer({ min: 1, max: 8 }),
  burst: fc.integer({ min: 250, max: 1000 }),
  latencyMs: fc.integer({ min: 0, max: 3 }),
  cost: fc.integer({ min: 1, max: 5 }),
  asks: fc.integer({ min: 20, max: 100 }),
  everyMs: fc.integer({ min: 200, max: 700 }),
  spreadMs: fc.integer({ min: 0, max: 90 }),
})

/** What was admitted, and when. */
interface Admitted {
  readonly atMs: number
  readonly cost: number
}

/** The most that was admitted in any stretch of time above `rate × time`. */
function mostAboveRate(admitted: readonly Admitted[]): number {
  let [sum, least, most] = [0, 0, 0]
  for (const { atMs, cost } of admitted) {
    const flowed = (RATE * atMs) / 1000
    least = Math.min(least, sum - flowed)
    sum += cost
    most = Math.max(most, sum - flowed - least)
  }
  return most
}

function runBursts(options: typeof fleet extends fc.Arbitrary<infer T> ? T : never): readonly Admitted[] {
  const { nodes, burst, latencyMs, cost, asks, everyMs, spreadMs } = options
  const clock = new VirtualClock()
  const redis = bankRunner(clock, latencyMs)
  const limiters = Array.from({ length: nodes }, (_, index) => {
    const quota = { ratePerSecond: RATE, burst, leaseMs: LEASE_MS, whenUnavailable: 'refuse' } as const
    return new LeasedRateLimiter({ redis, name: 'silent', node: `node-${index}`, ...quota, clock })
  })
  for (const limiter of limiters) void limiter.check()
  clock.advance(10)
  const admitted: Admitted[] = []
  for (let fromMs = 0; fromMs < RUN_MS; fromMs += everyMs) {
    for (const [index, limiter] of limiters.entries()) {
      for (let i = 0; i < asks; i++) {
        clock.schedule(fromMs + (index * everyMs) / nodes + (i * spreadMs) / asks, () => {
          if (limiter.tryEnter({ cost }).admitted) admitted.push({ atMs: clock.nowMs(), cost })
        })
      }
    }
  }
  clock.advance(RUN_MS + 1000)
  expect(clock.pending).toBe(0)
  return admitted
}

describe('nodes that ask in bursts', () => {
  it('are granted no more than one bucket, for any bursts and silences between them, and keep no timer', () => {
    fc.assert(
      fc.property(fleet, (options) => {
        expect(mostAboveRate(runBursts(options))).toBeLessThanOrEqual(options.burst + 1e-6)
      }),
      { numRuns: 40 },
    )
  })
})
