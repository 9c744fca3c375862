/**
 * The one suite over every gate of the library, alone, watched and composed; and proof that none is missing.
 */
import { describe, expect, it } from 'vitest'
import { aimd } from '../concurrency/aimd.ts'
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts'
import { gradient } from '../concurrency/gradient.ts'
import type { ConcurrencyLimiterOptions } from '../concurrency/limiter-options.ts'
import { vegas } from '../concurrency/vegas.ts'
import { ComposedGate } from '../gate/compose.ts'
import type { Gate } from '../gate/gate.ts'
import { shadow } from '../gate/shadow.ts'
import * as library from '../index.ts'
import { KeyedRateLimiter } from '../rate/keyed-rate-limiter.ts'
import { RateLimiter } from '../rate/rate-limiter.ts'
import { AdaptiveThrottle } from '../shedding/adaptive-throttle.ts'
import { Codel } from '../shedding/codel.ts'
import { PressureGate } from '../shedding/pressure-gate.ts'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { gateConformance } from './gate-conformance.ts'
import type { GateSurroundings, GateUnderTest } from './gate-conformance-subject.ts'
import { gateWithPlaces } from './gate-with-places.ts'

type Make = (surroundings: GateSurroundings) => GateUnderTest

const rates = { ratePerSecond: 10, burst: 3 }
const ofARate = { capacity: 3, endMakesRoom: false }

function limiter(options: (around: GateSurroundings) => Partial<ConcurrencyLimiterOptions>): Make {
  return (around) => {
    const gate = new ConcurrencyLimiter({ limit: 3, maxWaiting: 4, clock: around.clock, ...options(around) })
    return { gate, capacity: 3, maxWaiting: 4, taken: () => gate.inFlight }
  }
}

/** Gates that refuse by a number of their own. */
const counting: Readonly<Record<string, Make>> = {
  RateLimiter: ({ clock }) => ({ gate: new RateLimiter({ ...rates, clock }), ...ofARate }),
  'RateLimiter with waiters': ({ clock }) => {
    return { gate: new RateLimiter({ ...rates, maxWaiting: 4, clock }), ...ofARate, maxWaiting: 4 }
  },
  'RateLimiter with a rate of 0': ({ clock }) => {
    return { gate: new RateLimiter({ ratePerSecond: 0, burst: 3, clock }), ...ofARate }
  },
  KeyedRateLimiter: ({ clock }) => {
    const gate = new KeyedRateLimiter({ ...rates, maxKeys: 10, maxWaitingPerKey: 4, clock })
    return { gate, ...ofARate, maxWaiting: 4 }
  },
  'ConcurrencyLimiter as it comes': limiter(() => ({})),
}
for (const order of ['fifo', 'adaptive-lifo'] as const) {
  const named = (what: string): string => `ConcurrencyLimiter, ${order}, ${what}`
  Object.assign(counting, {
    [named('fixed')]: limiter(() => ({ order })),
    [named('aimd')]: limiter(() => ({ order, limit: aimd({ initial: 3, max: 3 }) })),
    [named('vegas')]: limiter(() => ({ order, limit: vegas({ initial: 3, max: 3 }) })),
    [named('gradient')]: limiter(() => ({ order, limit: gradient({ initial: 3, max: 3 }) })),
    [named('CoDel at the turn')]: limiter(() => ({ order, atTurn: new Codel() })),
    [named('a shedder at the turn')]: limiter(({ clock, random }) => {
      return { order, atTurn: new PriorityShedder({ clock, random }) }
    }),
    [named('permits that are taken back')]: limiter(() => ({ order, maxHoldMs: 1e9 })),
  })
}

/** Gates that judge, at rest: they admit. */
function judges({ clock, random }: GateSurroundings): readonly Gate[] {
  const probe = { name: 'calm', read: () => 0, from: 1, to: 2 }
  return [
    new PriorityShedder({ clock, random }),
    new AdaptiveThrottle({ clock, random }),
    new PressureGate({ probes: [probe], clock }),
  ]
}

/** Gates made of gates. */
const made: Readonly<Record<string, Make>> = {
  'compose of two limiters': ({ clock }) => {
    const gates = [gateWithPlaces(5, clock), gateWithPlaces(3, clock)]
    const taken = (): number => gates.reduce((sum, { inFlight }) => sum + inFlight, 0)
    return { gate: new ComposedGate(gates, { clock }), capacity: 3, maxWaiting: 4, taken }
  },
  'compose of every judge and a limiter': (around) => {
    const places = gateWithPlaces(3, around.clock)
    const gate = new ComposedGate([...judges(around), places], around)
    return { gate, capacity: 3, maxWaiting: 4, taken: () => places.inFlight }
  },
  'compose of a shedder, a rate and places': (around) => {
    const rate = new RateLimiter({ ratePerSecond: 0, burst: 3, clock: around.clock })
    const gate = new ComposedGate([judges(around)[0]!, rate, gateWithPlaces(5, around.clock)], around)
    return { gate, ...ofARate }
  },
  'compose of a watched limiter and a limiter': ({ clock }) => {
    const [watched, places] = [gateWithPlaces(2, clock), gateWithPlaces(3, clock)]
    const gate = new ComposedGate([shadow(watched), places], { clock })
    return { gate, capacity: 3, maxWaiting: 4, taken: () => watched.inFlight + places.inFlight }
  },
  'compose of a composition': ({ clock }) => {
    const inner = new ComposedGate([gateWithPlaces(4, clock), gateWithPlaces(3, clock)], { clock })
    return {
      gate: new ComposedGate([inner, gateWithPlaces(5, clock)], { clock }),
      capacity: 3,
      maxWaiting: 4,
    }
  },
}

/** The same gate, only watched: it admits what the gate would refuse. */
function watching(make: Make): Make {
  return (around) => ({ gate: shadow(make(around).gate), refuses: false })
}

for (const [name, make] of Object.entries({ ...counting, ...made })) {
  for (const each of gateConformance({ name, make })) it(each.name, each.run)
  for (const each of gateConformance({ name: `shadow of ${name}`, make: watching(make) }))
    it(each.name, each.run)
}
for (const [index, name] of ['PriorityShedder', 'AdaptiveThrottle', 'PressureGate'].entries()) {
  const make = watching((around) => ({ gate: judges(around)[index]! }))
  for (const each of gateConformance({ name: `shadow of ${name}`, make })) it(each.name, each.run)
}

describe('the gates of the library', () => {
  it('are all in the suite: here, or beside the judge that must be brought to refuse', () => {
    const isGateClass = (value: unknown): boolean =>
      typeof value === 'function' && typeof value.prototype?.enter === 'function'
    const names = Object.entries(library).filter(([, value]) => isGateClass(value))
    expect(names.map(([name]) => name).sort()).toEqual([
      'AdaptiveThrottle',
      'ComposedAsyncGate',
      'ComposedGate',
      'ConcurrencyLimiter',
      'KeyedRateLimiter',
      'PressureGate',
      'PriorityShedder',
      'RateLimiter',
    ])
  })
})
