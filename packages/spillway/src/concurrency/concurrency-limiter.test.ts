import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Clock } from '../clock/clock.ts'
import type { Gate, Permit } from '../gate/gate.ts'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { ConcurrencyLimiter } from './concurrency-limiter.ts'
import type { ConcurrencyLimit, LimitSample } from './limit.ts'
import type { LimiterStats } from './limiter-ledger.ts'
import type { ConcurrencyLimiterOptions } from './limiter-options.ts'

for (const order of ['fifo', 'adaptive-lifo'] as const) {
  for (const { name, run } of gateConformance({
    name: `ConcurrencyLimiter, ${order}`,
    make: ({ clock }) => ({
      gate: new ConcurrencyLimiter({ limit: 3, maxWaiting: 5, order, clock }),
      capacity: 3,
      maxWaiting: 5,
    }),
  })) {
    it(name, run)
  }
}

/** A limit set by hand, which keeps its samples. */
class HandLimit implements ConcurrencyLimit {
  limit: number
  readonly samples: LimitSample[] = []
  constructor(limit: number) {
    this.limit = limit
  }
  onSample(sample: LimitSample) {
    this.samples.push(sample)
    return { limit: this.limit, reason: 'room' as const }
  }
}

function unaccounted({ received, accepted, refused, abandoned, waiting }: LimiterStats): number {
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0)
  return received - accepted - refusals - abandoned - waiting
}

async function take(gate: Gate, count: number): Promise<Permit[]> {
  return Promise.all(Array.from({ length: count }, () => gate.enter()))
}

/** A clock that tells how often it was read. */
function countingClock() {
  const virtual = new VirtualClock(1000)
  let readings = 0
  const clock: Clock = {
    nowMs: () => {
      readings++
      return virtual.nowMs()
    },
    schedule: (delayMs, callback) => virtual.schedule(delayMs, callback),
  }
  return { clock, readings: () => readings }
}

describe('ConcurrencyLimiter', () => {
  it('wakes everyone who fits when its limit is raised', async () => {
    const clock = new VirtualClock()
    const limit = new HandLimit(1)
    const limiter = new ConcurrencyLimiter({ limit, clock })
    const [first] = await take(limiter, 1)
    const waiting = take(limiter, 4)
    limit.limit = 4
    first!.end()
    await waiting
    expect(limiter.stats()).toMatchObject({ limit: 4, inFlight: 4, waiting: 0 })
  })

  it('tells each change of the limit with its reason', async () => {
    const limit = new HandLimit(2)
    const told: unknown[] = []
    const limiter = new ConcurrencyLimiter({ limit, clock: new VirtualClock(), onLimit: (d) => told.push(d) })
    const permits = await take(limiter, 2)
    permits[0]!.end()
    limit.limit = 7
    permits[1]!.end()
    expect(told).toEqual([{ limit: 7, reason: 'room' }])
  })

  it('teaches its limit with the time, the number in flight at the start and the drops; the rest is not learned from', async () => {
    const clock = new VirtualClock()
    const limit = new HandLimit(5)
    const limiter = new ConcurrencyLimiter({ limit, clock })
    const [a, b, c, d] = await take(limiter, 4)
    clock.advance(10)
    a!.end()
    b!.end('failure')
    c!.end('ignored')
    d!.cancel()
    expect(limit.samples).toEqual([
      { endMs: 10, rttMs: 10, inFlight: 1, dropped: false },
      { endMs: 10, rttMs: 10, inFlight: 2, dropped: true },
    ])
    expect(limiter.stats().ended).toMatchObject({ success: 1, failure: 1, ignored: 1, cancelled: 1 })
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('bad sample')
      },
    ],
    ['answers with no limit', () => ({ limit: Number.NaN, reason: 'room' as const })],
    ['answers with a negative limit', () => ({ limit: -3, reason: 'room' as const })],
  ])('leaks no permit when its limit %s, and keeps the limit it had', async (_what, onSample) => {
    const limiter = new ConcurrencyLimiter({ limit: { limit: 2, onSample }, clock: new VirtualClock() })
    for (let round = 0; round < 5; round++) for (const permit of await take(limiter, 2)) permit.end()
    expect(limiter.stats()).toMatchObject({ limit: 2, inFlight: 0, limitFaults: 10 })
  })

  it('wakes its waiters also when whoever is told of the limit throws', async () => {
    const limit = new HandLimit(1)
    const onLimit = (): void => {
      throw new Error('no listener')
    }
    const limiter = new ConcurrencyLimiter({ limit, clock: new VirtualClock(), onLimit })
    const [first] = await take(limiter, 1)
    const waiting = limiter.enter()
    limit.limit = 2
    first!.end()
    expect(limiter.stats().limitFaults).toBe(1)
    ;(await waiting).end('ignored')
    expect(limiter.inFlight).toBe(0)
  })

  it('counts a clock that steps back as no time passed', async () => {
    const clock = new VirtualClock(1000)
    const limit = new HandLimit(1)
    const limiter = new ConcurrencyLimiter({ limit, clock })
    const [permit] = await take(limiter, 1)
    clock.step(-500)
    permit!.end()
    expect(limit.samples[0]).toMatchObject({ rttMs: 0 })
    expect(limiter.inFlight).toBe(0)
  })

  it('reads no clock when its limit never moves and nobody may wait, and counts all the same', async () => {
    const { clock, readings } = countingClock()
    const limiter = new ConcurrencyLimiter({ limit: 1, maxWaiting: 0, clock })
    const permit = await limiter.enter()
    expect(limiter.tryEnter()).toMatchObject({ code: 'ERR_CONCURRENCY_LIMITED' })
    permit.end('failure')
    limiter.tryEnter()
    expect(readings()).toBe(0)
    expect(limiter.stats()).toMatchObject({ received: 3, accepted: 2, inFlight: 1, ended: { failure: 1 } })
  })

  it.each<[string, Partial<ConcurrencyLimiterOptions>]>([
    ['its limit may move', { limit: new HandLimit(1) }],
    ['somebody may wait', { maxWaiting: 1 }],
    ['somebody judges whose turn it is', { atTurn: { admits: () => true } }],
    ['no permit may be held for long', { maxHoldMs: 500 }],
  ])('reads the clock when a permit is taken and when it is given back, where %s', (_why, options) => {
    const { clock, readings } = countingClock()
    const limiter = new ConcurrencyLimiter({ limit: 1, maxWaiting: 0, clock, ...options })
    const permit = limiter.tryEnter()
    const taken = readings()
    if (permit.admitted) permit.end()
    expect([taken > 0, readings() > taken]).toEqual([true, true])
  })

  it('counts an outcome that is none as ignored', async () => {
    const limit = new HandLimit(1)
    const limiter = new ConcurrencyLimiter({ limit, clock: new VirtualClock() })
    const [permit] = await take(limiter, 1)
    // @ts-expect-error: not an outcome
    permit!.end('great')
    expect(limit.samples).toEqual([])
    expect(limiter.stats()).toMatchObject({ inFlight: 0, ended: { ignored: 1 } })
  })

  it('takes back a permit that is never ended after maxHoldMs, as a failure', async () => {
    const clock = new VirtualClock()
    const limit = new HandLimit(1)
    const limiter = new ConcurrencyLimiter({ limit, clock, maxHoldMs: 500 })
    const [lost] = await take(limiter, 1)
    const next = limiter.enter()
    await clock.advanceAsync(500)
    const permit = await next
    lost!.end()
    expect(limiter.stats()).toMatchObject({ inFlight: 1, ended: { overdue: 1, success: 0 } })
    expect(limit.samples).toEqual([{ endMs: 500, rttMs: 500, inFlight: 1, dropped: true }])
    permit.end()
    expect(clock.pending).toBe(0)
  })

  it('counts costs, lets nobody overtake a costly waiter, and wakes those behind when it leaves', async () => {
    const clock = new VirtualClock()
    const limiter = new ConcurrencyLimiter({ limit: 4, order: 'fifo', clock })
    const heavy = await limiter.enter({ cost: 3 })
    const leaving = limiter.enter({ cost: 2, timeoutMs: 50 }).catch((error: unknown) => error)
    const light = limiter.enter({ cost: 1 })
    await promisesSettled()
    expect(limiter.stats()).toMatchObject({ inFlight: 3, waiting: 2 })
    expect(limiter.tryEnter({ cost: 1 }).admitted).toBe(false)
    await clock.advanceAsync(50)
    expect(await leaving).toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    ;(await light).end()
    heavy.end()
    expect(limiter.inFlight).toBe(0)
  })

  it('lets what costs more than the whole limit pass alone', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 4, clock: new VirtualClock() })
    const small = await limiter.enter()
    expect(limiter.tryEnter({ cost: 9 }).admitted).toBe(false)
    small.end()
    expect(limiter.tryEnter({ cost: 9 }).admitted).toBe(true)
    expect(limiter.tryEnter().admitted).toBe(false)
  })

  it('asks the policy at each turn, with the time waited, and sheds what it does not admit', async () => {
    const clock = new VirtualClock()
    const waits: number[] = []
    const atTurn = { admits: (waitedMs: number) => waits.push(waitedMs) !== 2 }
    const limiter = new ConcurrencyLimiter({ limit: 1, order: 'fifo', atTurn, clock })
    const [first] = await take(limiter, 1)
    const shed = limiter.enter().catch((error: unknown) => error)
    const served = limiter.enter()
    await clock.advanceAsync(30)
    first!.end()
    expect(await shed).toMatchObject({ code: 'ERR_SHED' })
    ;(await served).end()
    expect(waits).toEqual([0, 30, 30])
    expect(unaccounted(limiter.stats())).toBe(0)
  })

  it('is untouched by callers: the ledger balances after any sequence of events', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.nat(40)), { maxLength: 120 }),
        fc.constantFrom('fifo' as const, 'adaptive-lifo' as const),
        async (events, order) => {
          const clock = new VirtualClock()
          const limiter = new ConcurrencyLimiter({ limit: 2, maxWaiting: 3, order, clock, maxWaitMs: 60 })
          const permits: Permit[] = []
          const keep = (permit: Permit): void => void permits.push(permit)
          for (const [kind, number] of events) {
            const gone = new AbortController()
            const wait = { timeoutMs: number * 5, finishWithinMs: number * 8, signal: gone.signal }
            if (kind <= 1) limiter.enter(kind === 0 ? wait : {}).then(keep, () => {})
            else if (kind === 2) permits.shift()?.end(number % 2 ? 'success' : 'failure')
            else if (kind === 3) permits.shift()?.cancel()
            else if (kind === 4) gone.abort()
            else await clock.advanceAsync(number)
            expect(unaccounted(limiter.stats())).toBe(0)
            expect(limiter.inFlight).toBeLessThanOrEqual(2)
          }
          await clock.advanceAsync(1000)
          for (const permit of permits) permit.end()
          expect(limiter.stats()).toMatchObject({ inFlight: 0, waiting: 0 })
          expect(clock.pending).toBe(0)
        },
      ),
      { numRuns: 150 },
    )
  })

  it('has a front door of its own', async () => {
    const limiter = new ConcurrencyLimiter({ limit: 1, clock: new VirtualClock() })
    const result = limiter.run(() => 7)
    expectTypeOf(result).toEqualTypeOf<Promise<number>>()
    expect(await result).toBe(7)
    expect(limiter.stats().ended.success).toBe(1)
  })

  it('refuses wrong options by name', () => {
    expect(() => new ConcurrencyLimiter({ limit: 0 })).toThrow(OptionError)
    expect(() => new ConcurrencyLimiter({ limit: 0 })).toThrow(
      'option "limit" must be an integer of at least 1',
    )
    const never = { onSample: () => ({ limit: 1, reason: 'room' as const }) }
    for (const limit of [0, Number.NaN, 2.5]) {
      expect(() => new ConcurrencyLimiter({ limit: { ...never, limit } })).toThrow('option "limit"')
    }
    // @ts-expect-error: no such order
    expect(() => new ConcurrencyLimiter({ limit: 1, order: 'lifo' })).toThrow('option "order"')
    // @ts-expect-error: no such option
    expect(() => new ConcurrencyLimiter({ limit: 1, maxQueue: 1 })).toThrow('unknown option "maxQueue"')
  })
})
