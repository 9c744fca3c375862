import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gateConformance } from '../testing/gate-conformance.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { KeyedRateLimiter, type KeyedRateLimiterOptions } from './keyed-rate-limiter.ts'
import { TokenBucket } from './token-bucket.ts'

function tenASecond(more: Partial<KeyedRateLimiterOptions> = {}): {
  clock: VirtualClock
  limiter: KeyedRateLimiter
} {
  const clock = new VirtualClock()
  return {
    clock,
    limiter: new KeyedRateLimiter({ ratePerSecond: 10, burst: 10, maxKeys: 100, clock, ...more }),
  }
}

for (const { name, run } of gateConformance({
  name: 'KeyedRateLimiter',
  make: ({ clock }) => ({
    gate: new KeyedRateLimiter({ ratePerSecond: 3, burst: 5, maxKeys: 9, maxWaiting: 4, clock }),
    capacity: 5,
    maxWaiting: 4,
    endMakesRoom: false,
  }),
})) {
  it(name, run)
}

describe('a KeyedRateLimiter whose buckets never fill', () => {
  it.each([1e-10, 1e-300, Number.MIN_VALUE])('goes on to evict, at %s tokens a second', (ratePerSecond) => {
    const clock = new VirtualClock()
    const limiter = new KeyedRateLimiter({ ratePerSecond, burst: 2 ** 52, maxKeys: 3, clock })
    for (let i = 0; i < 10; i++) {
      expect(limiter.allow(`key ${i}`, 1 + i)).toBe(true)
      clock.advance(1e12)
    }
    expect(limiter.stats()).toMatchObject({ keys: 3, evicted: 7 })
  })
})

describe('KeyedRateLimiter', () => {
  it('has a bucket for each key', () => {
    const { clock, limiter } = tenASecond({ burst: 1 })
    expect(['a', 'a', 'b', 'b'].map((key) => limiter.allow(key))).toEqual([true, false, true, false])
    clock.advance(100)
    expect([limiter.allow('a'), limiter.tokens('a'), limiter.tokens('b'), limiter.tokens('c')]).toEqual([
      true,
      0,
      1,
      1,
    ])
  })

  it('takes the key of an ask, and one key for all asks without', () => {
    const { limiter } = tenASecond({ burst: 1 })
    const asks = [{ key: 'a' }, { key: 'a' }, {}, undefined]
    expect(asks.map((ask) => limiter.tryEnter(ask).admitted)).toEqual([true, false, true, false])
  })

  it('reserves and waits for each key by itself', async () => {
    const { clock, limiter } = tenASecond({ burst: 1 })
    expect(['a', 'a', 'b'].map((key) => limiter.reserve(key).delayMs)).toEqual([0, 100, 0])
    const ends: string[] = []
    limiter.wait('a').then(() => ends.push(`a at ${clock.nowMs()}`))
    limiter.enter({ key: 'b' }).then(() => ends.push(`b at ${clock.nowMs()}`))
    await clock.advanceAsync(300)
    expect(ends).toEqual(['b at 100', 'a at 200'])
    expect([limiter.stats().waiting, clock.pending]).toEqual([0, 0])
  })

  it('lets no key take the waiting places of all', async () => {
    const { limiter } = tenASecond({ burst: 1, maxWaiting: 4, maxWaitingPerKey: 2 })
    for (const key of ['greedy', 'fair']) limiter.allow(key)
    const codes: unknown[] = []
    for (const key of ['greedy', 'greedy', 'greedy', 'fair']) {
      limiter.wait(key).catch((error: { code: string; retryAfterMs: number }) => {
        codes.push([key, error.code, error.retryAfterMs])
      })
    }
    await promisesSettled()
    expect(codes).toEqual([['greedy', 'ERR_TOO_MANY_WAITING', 100]])
    expect(limiter.stats().waiting).toBe(3)
  })

  it('remembers nothing of what it refuses, nor of what costs nothing', () => {
    const { limiter } = tenASecond()
    expect([
      limiter.allow('a', 11),
      limiter.allow('b', 0),
      limiter.tryEnter({ key: 'c', cost: 11 }).admitted,
    ]).toEqual([false, true, false])
    expect(limiter.stats()).toMatchObject({ keys: 0, refused: { ERR_COST_EXCEEDS_BURST: 2 } })
  })

  it('changes the rate and the burst of every key', () => {
    const { clock, limiter } = tenASecond()
    for (const key of ['a', 'b']) limiter.allow(key, 10)
    limiter.setRate(100)
    clock.advance(50)
    expect([limiter.tokens('a'), limiter.tokens('b'), limiter.ratePerSecond]).toEqual([5, 5, 100])
    limiter.setBurst(2)
    expect([limiter.tokens('a'), limiter.tokens('new'), limiter.burst]).toEqual([2, 2, 2])
  })

  it.each([
    [{ ratePerSecond: 0 }, 'option "ratePerSecond" must be a number above 0'],
    [{ burst: 0 }, 'option "burst" must be an integer of at least 1, got 0'],
    [
      { maxKeys: Number.POSITIVE_INFINITY },
      'option "maxKeys" must be an integer of at least 1, got Infinity',
    ],
    [{ maxKeys: undefined }, 'option "maxKeys" is missing'],
    [{ maxWaitingPerKey: -1 }, 'option "maxWaitingPerKey" must be an integer'],
  ])('refuses %j', (wrong, problem) => {
    // Wrong on purpose: what a caller without types can pass.
    expect(() => tenASecond(wrong as Partial<KeyedRateLimiterOptions>)).toThrow(
      `KeyedRateLimiter: ${problem}`,
    )
  })
})

describe('KeyedRateLimiter, at its bound of keys', () => {
  it('forgets full buckets first, which changes nothing, and then the fullest', () => {
    const { clock, limiter } = tenASecond({ maxKeys: 3 })
    limiter.allow('spent', 10)
    limiter.allow('idle')
    limiter.allow('busy', 5)
    clock.advance(200)
    for (const key of ['new', 'newer']) limiter.allow(key)
    expect([limiter.tokens('spent'), limiter.tokens('busy'), limiter.tokens('new')]).toEqual([2, 7, 10])
    expect(limiter.stats()).toMatchObject({ keys: 3, forgotten: 1, evicted: 1, forgivenTokens: 1 })
  })

  it('keeps a key that has used up its burst through a flood of a million new ones', () => {
    const { clock, limiter } = tenASecond({ ratePerSecond: 0.01, maxKeys: 1000 })
    limiter.allow('spent', 10)
    for (let i = 0; i < 1_000_000; i++) {
      limiter.allow(`flood-${i}`)
      if (i % 100 === 0) clock.advance(1)
    }
    expect(limiter.stats().keys).toBe(1000)
    expect(limiter.allow('spent')).toBe(false)
    expect(limiter.tokens('spent')).toBeLessThan(1)
  })

  it('forgets idle keys as new ones come, so that its memory shrinks after a flood', () => {
    const { clock, limiter } = tenASecond({ maxKeys: 1000 })
    for (let i = 0; i < 1000; i++) limiter.allow(`flood-${i}`)
    clock.advance(61_000)
    for (let i = 0; i < 600; i++) limiter.allow(`later-${i}`)
    expect(limiter.stats()).toMatchObject({ keys: 600, forgotten: 1000, evicted: 0 })
  })

  it('evicts a key deep in debt after those that merely have used up their burst', () => {
    const { clock, limiter } = tenASecond({ maxKeys: 3 })
    for (let i = 0; i < 50; i++) limiter.reserve('deep', 10)
    limiter.allow('a', 10)
    limiter.allow('b', 10)
    clock.advance(3000)
    for (const key of ['c', 'd', 'e', 'f']) limiter.allow(key, 10)
    expect(limiter.tokens('deep')).toBeLessThan(-400)
    expect(limiter.tokens('a')).toBe(10)
  })

  it('gives nothing to a stranger when a permit of an evicted key is cancelled', () => {
    const { limiter } = tenASecond({ maxKeys: 1 })
    const permit = limiter.tryEnter({ key: 'a', cost: 4 })
    limiter.allow('b', 10)
    if (permit.admitted) permit.cancel()
    limiter.allow('a', 3)
    expect([limiter.tokens('a'), limiter.stats().keys]).toEqual([7, 1])
  })

  it('holds for any run: as an unbounded limiter would, until the first eviction, and never too many keys', () => {
    const ask = fc.record({
      key: fc.integer({ min: 0, max: 12 }),
      n: fc.integer({ min: 0, max: 11 }),
      ms: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })),
    })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.array(ask, { maxLength: 100 }), (maxKeys, asks) => {
        const { clock, limiter } = tenASecond({ maxKeys })
        const buckets = new Map<number, TokenBucket>()
        for (const { key, n, ms } of asks) {
          clock.advance(ms)
          const bucket = buckets.get(key) ?? new TokenBucket({ ratePerSecond: 10, burst: 10 })
          buckets.set(key, bucket)
          const expected = bucket.allow(clock.nowMs(), n)
          const actual = limiter.allow(`${key}`, n)
          const { keys, evicted } = limiter.stats()
          expect(keys).toBeLessThanOrEqual(maxKeys)
          if (evicted > 0) return
          expect(actual).toBe(expected)
        }
      }),
    )
  })

  it('evicts the fullest, to 1/128 of the burst, in any run', () => {
    const ask = fc.record({ n: fc.integer({ min: 1, max: 100 }), ms: fc.integer({ min: 0, max: 20 }) })
    fc.assert(
      fc.property(fc.array(ask, { minLength: 20, maxLength: 60 }), (asks) => {
        const { clock, limiter } = tenASecond({ burst: 100, maxKeys: 10 })
        const known: string[] = []
        for (const [i, { n, ms }] of asks.entries()) {
          clock.advance(ms)
          const before = known.map((key) => limiter.tokens(key))
          const { keys } = limiter.stats()
          limiter.allow(`${i}`, n)
          known.push(`${i}`)
          if (keys < 10) continue
          const gone = known.findIndex(
            (key, k) => k < before.length && limiter.tokens(key) > before[k]! + 1e-9,
          )
          if (gone < 0) continue
          expect(before[gone]).toBeGreaterThanOrEqual(
            Math.max(...before.filter((t) => t < 100)) - 100 / 128 - 1e-6,
          )
          known.splice(gone, 1)
        }
      }),
    )
  })
})
