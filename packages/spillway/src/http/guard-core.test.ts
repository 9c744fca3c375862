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
    core.ended(permits[0], 'success', 'request')
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

describe('a guard whose operator erred', () => {
  const made = (options: object) => {
    const errors: unknown[] = []
    const core = new GuardCore<string>({ gate: places(), onError: (error) => errors.push(error), ...options })
    return { core, errors, ...arrival() }
  }
  const broken = (tryEnter: () => unknown) => ({ enter: async () => tryEnter(), tryEnter })

  it.each([
    ['answers nothing', () => undefined, 'neither a permit nor a refusal'],
    ['refuses with a code of its own', () => ({ admitted: false, code: 'ERR_MINE' }), '"ERR_MINE"'],
  ])('fails a request, and nothing else, when its gate %s', (_name, tryEnter, message) => {
    const { core, errors, told, one } = made({ gate: broken(tryEnter) })
    core.enter(one)
    expect(told).toEqual(['failed'])
    expect(String(errors[0])).toContain(message)
    expect(core.stats()).toMatchObject({ received: 1, failed: 1, refused: {}, inFlight: 0 })
  })

  it('fails a request that waited when its gate grants nothing', async () => {
    const { core, errors, told, one } = made({ gate: { enter: async () => undefined } })
    core.enter(one)
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual(['failed'])
    expect(String(errors[0])).toContain('neither a permit nor a refusal')
    expect(core.stats()).toMatchObject({ received: 1, failed: 1, waiting: 0, inFlight: 0 })
  })

  it('tells when a permit cannot be given back, and counts the request as ended', () => {
    const end = () => {
      throw new Error('the network is gone')
    }
    const { core, errors, permits, one } = made({
      gate: broken(() => ({ admitted: true, end, cancel: end })),
    })
    core.enter(one)
    core.ended(permits[0], 'success', 'request')
    expect(errors).toEqual([new Error('the network is gone')])
    expect(core.stats().inFlight).toBe(0)
  })

  it.each([[Promise.resolve(false)], [1], ['no']])('lets nobody through when exempt returns %o', (answer) => {
    const { core, errors, told, one } = made({ exempt: () => answer })
    core.enter(one)
    expect(told).toEqual(['failed'])
    expect(String(errors[0])).toContain('function "exempt" must return true or false')
    expect(core.stats().exempt).toBe(0)
  })
})

describe('a guard in shadow mode', () => {
  it('counts a client without any time left among those it would refuse', () => {
    const core = new GuardCore<string>({ gate: places(), budget: { maxMs: 500 }, shadow: true })
    const { told, one } = arrival()
    core.enter({ ...one, read: (name) => (name === 'grpc-timeout' ? '0m' : undefined) })
    expect(told).toEqual(['admitted'])
    expect(core.stats()).toMatchObject({ accepted: 1, refused: {}, wouldRefuse: { ERR_BUDGET_SPENT: 1 } })
  })
})
