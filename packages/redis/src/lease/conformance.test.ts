/**
 * The suite of gates over `LeasedRateLimiter`, in virtual time. The same over a real server is in `test/`.
 */
import { gateConformance } from 'spillway/testing'
import { it } from 'vitest'
import { bankRunner } from '../simulation/bank-runner.ts'
import { LeasedRateLimiter } from './leased-rate-limiter.ts'

for (const { name, run } of gateConformance({
  name: 'LeasedRateLimiter',
  make: ({ clock }) => ({
    gate: new LeasedRateLimiter({
      redis: bankRunner(clock, 0),
      name: 'conformance',
      ratePerSecond: 100,
      burst: 5,
      leaseMs: 50,
      whenUnavailable: 'refuse',
      maxWaiting: 4,
      clock,
    }),
    capacity: 5,
    maxWaiting: 4,
    endMakesRoom: false,
    // Time makes room in a rate; and who was told when to come back has a timer until then.
    relieve: (permits) => {
      for (const permit of permits) permit.cancel()
      clock.advance(60_000)
    },
  }),
})) {
  it(name, run)
}
