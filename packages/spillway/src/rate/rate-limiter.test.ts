import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOverloadError } from '../errors/overload-error.ts'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { RateLimiter, type RateLimiterOptions, type RateWaitOptions } from './rate-limiter.ts'

function tenASecond(more: Partial<RateLimiterOptions> = {}): { clock: VirtualClock; limiter: RateLimiter } {
  const clock = new VirtualClock()
  return { clock, limiter: new RateLimiter({ ratePerSecond: 10, burst: 1, clock, ...more }) }
}

/** What became of a wait: the time it was served, or the error. */
function watch(clock: VirtualClock, promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => clock.nowMs(),
    (error: unknown) => error,
  )
}

const refusal = (code: string, retryAfterMs: number | undefined): unknown =>
  expect.objectContaining({ name: 'OverloadError', code, retryAfterMs })

for (const { name, run } of gateConformance({
  name: 'RateLimiter',
  make: ({ clock }) => ({
    gate: new RateLimiter({ ratePerSecond: 3, burst: 5, maxWaiting: 4, clock }),
    capacity: 5,
    maxWaiting: 4,
    endMakesRoom: false,
  }),
})) {
  it(name, run)
}

describe('RateLimiter.allow', () => {
  it('takes one token by default, and tells how many are left', () => {
    const { clock, limiter } = tenASecond({ burst: 3 })
    expect([limiter.allow(), limiter.allow(2), limiter.allow()]).toEqual([true, true, false])
    clock.advance(50)
    expect(limiter.tokens).toBe(0.5)
  })

  it('reads the real clock by default', () => {
    const limiter = new RateLimiter({ ratePerSecond: 1e-6, burst: 1 })
    expect([limiter.allow(), limiter.allow()]).toEqual([true, false])
  })

  it('is not confused by a clock that steps back', () => {
    const { clock, limiter } = tenASecond()
    clock.advance(1000)
    expect(limiter.allow()).toBe(true)
    clock.step(-500)
    expect(limiter.allow()).toBe(false)
    clock.advance(600)
    expect(limiter.allow()).toBe(true)
  })
})

describe('RateLimiter.reserve', () => {
  it('takes tokens of the future, and tells when they may be used', () => {
    const { limiter } = tenASecond()
    expect([limiter.reserve().delayMs, limiter.reserve().delayMs, limiter.tokens]).toEqual([0, 100, -1])
  })

  it('refuses what exceeds the burst, and takes nothing', () => {
    const { limiter } = tenASecond()
    const refused = limiter.reserve(2)
    expect(refused).toMatchObject({ ok: false, delayMs: Number.POSITIVE_INFINITY })
    refused.cancel()
    expect(limiter.tokens).toBe(1)
  })

  it('gives the tokens back once, however often it is cancelled', () => {
    const { limiter } = tenASecond()
    const [, second, third] = [limiter.reserve(), limiter.reserve(), limiter.reserve()]
    for (const reservation of [second, third, second, third, third]) reservation.cancel()
    expect(limiter.tokens).toBe(-1)
    expect(limiter.stats()).toMatchObject({ accepted: 3, cancelled: 2 })
  })
})

describe('RateLimiter.wait', () => {
  it('serves first come, first served, each in its own time slot', async () => {
    const { clock, limiter } = tenASecond({ burst: 2 })
    const served = [2, 1, 2, 0, 1].map((n) => watch(clock, limiter.wait({ n })))
    expect(limiter.stats()).toMatchObject({ accepted: 1, waiting: 4 })
    await clock.advanceAsync(400)
    expect(await Promise.all(served)).toEqual([0, 100, 300, 300, 400])
    expect(clock.pending).toBe(0)
  })

  it('does not let allow overtake those who wait', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const served = watch(clock, limiter.wait())
    await clock.advanceAsync(100)
    expect([limiter.allow(), await served]).toEqual([false, 100])
  })

  it('refuses at once a wait that cannot end within its bounds, and takes nothing', async () => {
    const { clock, limiter } = tenASecond()
    limiter.reserve()
    limiter.reserve()
    const late = refusal('ERR_RATE_LIMITED', 50)
    expect(await watch(clock, limiter.wait({ timeoutMs: 150 }))).toEqual(late)
    expect(await watch(clock, limiter.wait({ finishWithinMs: 150, timeoutMs: 900 }))).toEqual(late)
    expect(await watch(clock, limiter.wait({ timeoutMs: 0 }))).toEqual(refusal('ERR_RATE_LIMITED', 200))
    expect(limiter.tokens).toBe(-1)
    const exact = watch(clock, limiter.wait({ timeoutMs: 200 }))
    await clock.advanceAsync(200)
    expect(await exact).toBe(200)
  })

  it('admits the same ask at the time the refusal named', async () => {
    const { clock, limiter } = tenASecond()
    limiter.reserve()
    limiter.reserve()
    await clock.advanceAsync(50)
    const served = watch(clock, limiter.wait({ timeoutMs: 150 }))
    await clock.advanceAsync(150)
    expect(await served).toBe(200)
  })

  it('refuses what exceeds the burst for ever', async () => {
    const { clock, limiter } = tenASecond()
    const error = await watch(clock, limiter.wait({ n: 2 }))
    expect(error).toEqual(refusal('ERR_COST_EXCEEDS_BURST', undefined))
    expect(error).toMatchObject({
      retryable: false,
      httpStatus: 413,
      message: expect.stringContaining('2 tokens'),
    })
  })

  it('refuses a wait that would never end', async () => {
    const { clock, limiter } = tenASecond({ ratePerSecond: 0 })
    limiter.allow()
    const error = await watch(clock, limiter.wait())
    expect(error).toEqual(refusal('ERR_RATE_LIMITED', undefined))
    expect(error).toMatchObject({ message: expect.stringContaining('1 token would never come') })
    expect(limiter.tokens).toBe(0)
  })

  it('refuses more waiters than may wait, and names the moment one of them will be served', async () => {
    const { clock, limiter } = tenASecond({ maxWaiting: 2 })
    limiter.allow()
    const waits = [limiter.wait(), limiter.wait()].map((wait) => watch(clock, wait))
    clock.advance(30)
    expect(await watch(clock, limiter.wait())).toEqual(refusal('ERR_TOO_MANY_WAITING', 70))
    await clock.advanceAsync(70)
    const served = watch(clock, limiter.wait())
    await clock.advanceAsync(200)
    expect(await Promise.all([...waits, served])).toEqual([100, 200, 300])
  })

  it('lets nobody wait with maxWaiting 0, but serves who need not', async () => {
    const { clock, limiter } = tenASecond({ maxWaiting: 0 })
    expect(await watch(clock, limiter.wait())).toBe(0)
    expect(await watch(clock, limiter.wait())).toEqual(refusal('ERR_TOO_MANY_WAITING', 100))
  })

  it('keeps the slots it gave when the rate changes', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const slow = watch(clock, limiter.wait())
    limiter.setRate(1000)
    const fast = watch(clock, limiter.wait())
    await clock.advanceAsync(100)
    expect([await slow, await fast]).toEqual([100, 2])
  })

  it.each([
    [{ n: -1 }, '"n" must be a finite number of tokens'],
    [{ n: Number.NaN }, '"n" must be a finite number of tokens'],
    [{ n: '2' as never }, '"n" must be a finite number of tokens of at least 0, got "2"'],
    [{ timeoutMs: -1 }, 'option "timeoutMs" must be a number of milliseconds'],
    [{ timeoutMs: '100' as never }, 'option "timeoutMs" must be a number of milliseconds'],
  ])('rejects %j as a mistake, and keeps nothing of it', async (options: RateWaitOptions, problem) => {
    const { clock, limiter } = tenASecond()
    const error = await watch(clock, limiter.wait(options))
    expect(error).toBeInstanceOf(OptionError)
    expect(error).toMatchObject({ message: expect.stringContaining(problem) })
    expect([limiter.tokens, limiter.stats().received]).toEqual([1, 0])
  })
})

describe('RateLimiter.wait, given up', () => {
  const reason = new Error('gone')

  it('lets a signal that is aborted already win over every other check, and touches no token', async () => {
    const { clock, limiter } = tenASecond()
    const signal = AbortSignal.abort(reason)
    for (const n of [1, 2, -1]) expect(await watch(clock, limiter.wait({ n, signal }))).toBe(reason)
    expect([limiter.tokens, limiter.stats().abandoned]).toEqual([1, 3])
  })

  it('gives the tokens back, and keeps the times of those behind', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const gone = new AbortController()
    const [first, middle, last] = [
      watch(clock, limiter.wait()),
      watch(clock, limiter.wait({ signal: gone.signal })),
      watch(clock, limiter.wait()),
    ]
    gone.abort(reason)
    const later = watch(clock, limiter.wait())
    await clock.advanceAsync(400)
    expect(await Promise.all([first, middle, last, later])).toEqual([100, reason, 300, 400])
    expect(clock.pending).toBe(0)
  })

  it('gives back what was held for those behind, once they have left too', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const [early, late] = [new AbortController(), new AbortController()]
    const waits = [early, early, late].map(({ signal }) => watch(clock, limiter.wait({ signal })))
    early.abort(reason)
    expect(limiter.tokens).toBe(-3)
    late.abort(reason)
    expect([limiter.tokens, clock.pending]).toEqual([0, 0])
    await Promise.all(waits)
  })

  it('counts slots that were left behind as taken, so that leaving does not book the future', async () => {
    const { clock, limiter } = tenASecond({ maxWaiting: 3 })
    limiter.allow()
    const waits: Promise<unknown>[] = []
    let previous = new AbortController()
    for (let i = 0; i < 100; i++) {
      const next = new AbortController()
      waits.push(watch(clock, limiter.wait({ signal: next.signal })))
      previous.abort(reason)
      previous = next
    }
    expect(limiter.tokens).toBeGreaterThanOrEqual(-3)
    previous.abort(reason)
    expect([limiter.tokens, limiter.stats().waiting]).toEqual([0, 0])
    await Promise.all(waits)
  })

  it('is served or aborted, whichever comes first, and listens no longer', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const gone = new AbortController()
    const served = watch(clock, limiter.wait({ signal: gone.signal }))
    expect(getEventListeners(gone.signal, 'abort')).toHaveLength(1)
    clock.advance(100)
    gone.abort(reason)
    expect(await served).toBe(100)
    expect(getEventListeners(gone.signal, 'abort')).toHaveLength(0)
  })

  it('serves 100,000 waiters with one timer and one listener, and gives all back when they abort', async () => {
    const { clock, limiter } = tenASecond({ ratePerSecond: 7000, maxWaiting: 100_000 })
    limiter.allow()
    const gone = new AbortController()
    const waits = Array.from({ length: 100_000 }, () => limiter.wait({ signal: gone.signal }))
    expect([clock.pending, getEventListeners(gone.signal, 'abort').length]).toEqual([1, 1])
    await clock.advanceAsync(1)
    gone.abort(reason)
    const ends = await Promise.allSettled(waits)
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(7)
    expect(limiter.tokens).toBeCloseTo(0, 6)
    expect([clock.pending, getEventListeners(gone.signal, 'abort').length]).toEqual([0, 0])
  })
})

describe('RateLimiter as a gate', () => {
  it('refuses a cost that is no number, and counts nothing', async () => {
    const { limiter } = tenASecond()
    const ask = { cost: '2' as never }
    expect(() => limiter.tryEnter(ask)).toThrow(
      'option "cost" must be a finite number of at least 0, got "2"',
    )
    await expect(limiter.enter(ask)).rejects.toThrow(OptionError)
    expect([limiter.tokens, limiter.stats().received]).toEqual([1, 0])
  })

  it('refuses with the code, the scope and the moment to come back', () => {
    const { limiter } = tenASecond()
    expect(limiter.tryEnter()).toMatchObject({ admitted: true })
    const refused = { admitted: false, code: 'ERR_RATE_LIMITED', scope: 'client', retryAfterMs: 100 }
    expect(limiter.tryEnter()).toEqual(refused)
    const tooMuch = { admitted: false, code: 'ERR_COST_EXCEEDS_BURST', scope: 'client' }
    expect(limiter.tryEnter({ cost: 2 })).toEqual(tooMuch)
  })

  it('keeps the tokens of a permit that ends, and gives back those of one that is cancelled, also late', () => {
    const { clock, limiter } = tenASecond({ burst: 5 })
    const ask = { cost: 3 }
    const first = limiter.tryEnter(ask)
    if (first.admitted) first.end()
    if (first.admitted) first.cancel()
    expect(limiter.tokens).toBe(2)
    clock.advance(100)
    const second = limiter.tryEnter(ask)
    clock.advance(10)
    if (second.admitted) second.cancel()
    expect(limiter.tokens).toBeCloseTo(3.1, 9)
  })

  it('waits in enter as in wait', async () => {
    const { clock, limiter } = tenASecond()
    limiter.allow()
    const served = watch(clock, limiter.enter({ cost: 1, timeoutMs: 100 }))
    const refused = watch(clock, limiter.enter({ cost: 1, timeoutMs: 100 }))
    await clock.advanceAsync(100)
    expect([await served, await refused]).toEqual([100, refusal('ERR_RATE_LIMITED', 100)])
  })
})

describe('RateLimiter options', () => {
  it.each([
    [{ ratePerSecond: -1, burst: 1 }, 'RateLimiter: option "ratePerSecond" must be a number of at least 0'],
    [{ ratePerSecond: 1, burst: Number.POSITIVE_INFINITY }, 'RateLimiter: option "burst" must be an integer'],
    [{ ratePerSecond: 1, burst: 1, maxWaiting: -1 }, 'RateLimiter: option "maxWaiting" must be an integer'],
    [{ burst: 1 }, 'RateLimiter: option "ratePerSecond" is missing'],
    [{ ratePerSecond: 1, burst: 1, rate: 1 }, 'RateLimiter: unknown option "rate"'],
  ])('refuses %j', (options, problem) => {
    // Wrong on purpose: what a caller without types can pass.
    expect(() => new RateLimiter(options as RateLimiterOptions)).toThrow(problem)
  })

  it('refuses a wrong rate or burst later too', () => {
    const { limiter } = tenASecond()
    expect(() => limiter.setRate(Number.NaN)).toThrow('option "ratePerSecond" must be')
    expect(() => limiter.setBurst(0.5)).toThrow('option "burst" must be')
    limiter.setRate(Number.POSITIVE_INFINITY)
    limiter.setBurst(0)
    expect([limiter.ratePerSecond, limiter.burst, limiter.allow(99)]).toEqual([
      Number.POSITIVE_INFINITY,
      0,
      true,
    ])
  })
})

describe('the promises of a RateLimiter in any run', () => {
  const step = fc.record({
    kind: fc.constantFrom('wait', 'wait', 'wait', 'allow', 'reserve', 'abort', 'advance', 'advance'),
    n: fc.integer({ min: 0, max: 4 }),
    timeoutMs: fc.constantFrom(undefined, 0, 150, 700),
    ms: fc.integer({ min: 0, max: 300 }),
  })

  it('serves waiters in the order they came, and its ledger is true after every step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, limiter } = tenASecond({ ratePerSecond: 7, burst: 3, maxWaiting: 5 })
        const served: number[] = []
        const aborts: AbortController[] = []
        let received = 0
        for (const { kind, n, timeoutMs, ms } of steps) {
          if (kind === 'advance') await clock.advanceAsync(ms)
          else if (kind === 'abort') aborts[ms % (aborts.length || 1)]?.abort()
          else {
            const ticket = received++
            if (kind === 'allow') limiter.allow(n)
            else if (kind === 'reserve') limiter.reserve(n)
            else {
              const gone = new AbortController()
              aborts.push(gone)
              limiter.wait({ n, timeoutMs, signal: gone.signal }).then(
                () => served.push(ticket),
                () => {},
              )
            }
          }
          await promisesSettled()
          const stats = limiter.stats()
          const refused = Object.values(stats.refused).reduce((sum, count) => sum + count)
          expect(stats.received).toBe(received)
          expect(stats.accepted + refused + stats.abandoned + stats.waiting).toBe(received)
          expect(stats.waiting).toBeLessThanOrEqual(5)
        }
        await clock.advanceAsync(1e6)
        expect(served).toEqual(served.toSorted((a, b) => a - b))
        expect([limiter.stats().waiting, clock.pending]).toEqual([0, 0])
      }),
      { numRuns: 50 },
    )
  })

  it('rejects only with refusals and reasons', async () => {
    const { clock, limiter } = tenASecond({ maxWaiting: 1 })
    const ends = [1, 1, 1, 2].map((n) => watch(clock, limiter.wait({ n })))
    await clock.advanceAsync(100)
    const errors = (await Promise.all(ends)).filter((end) => typeof end !== 'number')
    expect(errors.every(isOverloadError)).toBe(true)
    expect(errors).toHaveLength(2)
  })
})
