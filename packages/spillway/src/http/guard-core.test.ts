import { describe, expect, it } from 'vitest'
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts'
import { compose } from '../gate/compose.ts'
import type { Gate, Permit } from '../gate/gate.ts'
import { KeyedRateLimiter } from '../rate/keyed-rate-limiter.ts'
import { RateLimiter } from '../rate/rate-limiter.ts'
import { AdaptiveThrottle } from '../shedding/adaptive-throttle.ts'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { type Arrival, GuardCore } from './guard-core.ts'

const clock = new VirtualClock()
const rate = { ratePerSecond: 1, burst: 1, maxWaiting: 0, clock }
const places = () => new ConcurrencyLimiter({ limit: 1, maxWaiting: 0, clock })

/** Every gate of the library that answers on one machine. */
const GATES: readonly [string, () => Gate][] = [
  ['a ConcurrencyLimiter', places],
  ['a RateLimiter', () => new RateLimiter(rate)],
  ['a KeyedRateLimiter', () => new KeyedRateLimiter({ ...rate, maxKeys: 10 })],
  ['a PriorityShedder', () => new PriorityShedder({ clock })],
  ['an AdaptiveThrottle', () => new AdaptiveThrottle({ clock })],
  ['a composition', () => compose(new PriorityShedder({ clock }), new RateLimiter(rate), places())],
]

/** A request that notes what it is told. */
function arrival() {
  const told: string[] = []
  const permits: (Permit | undefined)[] = []
  const one: Arrival<string> = {
    request: 'request',
    read: () => undefined,
    admitted: (permit) => {
      told.push('admitted')
      permits.push(permit)
    },
    refused: ({ status }) => told.push(`refused with ${status}`),
    failed: () => told.push('failed'),
    left: () => told.push('left'),
  }
  return { told, permits, one }
}

describe.each(GATES)('a guard that may wait for %s', (_name, make) => {
  it('tells a request before enter returns when the gate can answer at once', () => {
    const core = new GuardCore<string>({ gate: make(), timeoutMs: 50 })
    const { told, permits, one } = arrival()
    expect(core.enter(one)).toBeUndefined()
    expect(told).toEqual(['admitted'])
    core.ended(permits[0], 'success')
    expect(core.stats()).toMatchObject({ received: 1, accepted: 1, inFlight: 0, waiting: 0 })
  })
})

describe.each(GATES.filter(([name]) => !/Shedder|Throttle/.test(name)))(
  'a guard that may wait for %s',
  (_name, make) => {
    it('refuses before enter returns when nobody may wait', () => {
      const core = new GuardCore<string>({ gate: make(), timeoutMs: 50 })
      core.enter(arrival().one)
      const { told, one } = arrival()
      expect(core.enter(one)).toBeUndefined()
      expect(told).toEqual([expect.stringMatching(/^refused with (429|503)$/)])
    })
  },
)
