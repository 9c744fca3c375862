/**
 * A plain gate for tests of what is made of gates: so many places, first
 * come, first served, and a few who may wait.
 *
 * Floor: testing.
 */
import type { Clock } from '../clock/clock.ts'
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts'

/** A gate with `places`, behind which at most `maxWaiting` callers wait. */
export function gateWithPlaces(places: number, clock: Clock, maxWaiting = 4): ConcurrencyLimiter {
  return new ConcurrencyLimiter({ limit: places, maxWaiting, order: 'fifo', clock })
}
