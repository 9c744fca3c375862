/**
 * The one suite over gates that are tested in other respects elsewhere.
 */
import { it } from 'vitest'
import { compose } from '../gate/compose.ts'
import type { Gate } from '../gate/gate.ts'
import { KeyedRateLimiter } from '../rate/keyed-rate-limiter.ts'
import { RateLimiter } from '../rate/rate-limiter.ts'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { gateConformance } from './gate-conformance.ts'
import { gateWithPlaces } from './gate-with-places.ts'

function forOneKey(gate: Gate): Gate {
  return {
    tryEnter: (ask) => gate.tryEnter({ ...ask, key: 'one' }),
    enter: (ask) => gate.enter({ ...ask, key: 'one' }),
  }
}

const suites = [
  gateConformance({
    name: 'RateLimiter',
    make: ({ clock }) => ({
      gate: new RateLimiter({ ratePerSecond: 10, burst: 3, maxWaiting: 4, clock }),
      capacity: 3,
      maxWaiting: 4,
      endMakesRoom: false,
    }),
  }),
  gateConformance({
    name: 'RateLimiter with a rate of 0',
    make: ({ clock }) => ({
      gate: new RateLimiter({ ratePerSecond: 0, burst: 3, clock }),
      capacity: 3,
      endMakesRoom: false,
    }),
  }),
  gateConformance({
    name: 'KeyedRateLimiter, one key',
    make: ({ clock }) => ({
      gate: forOneKey(
        new KeyedRateLimiter({ ratePerSecond: 10, burst: 3, maxKeys: 10, maxWaitingPerKey: 4, clock }),
      ),
      capacity: 3,
      maxWaiting: 4,
      endMakesRoom: false,
    }),
  }),
  gateConformance({
    name: 'compose of a shedder, a rate and places',
    make: ({ clock, random }) => ({
      gate: compose(
        new PriorityShedder({ clock, random }),
        new RateLimiter({ ratePerSecond: 0, burst: 3, clock }),
        gateWithPlaces(5, clock),
      ),
      capacity: 3,
      endMakesRoom: false,
    }),
  }),
]

for (const cases of suites) for (const { name, run } of cases) it(name, run)
