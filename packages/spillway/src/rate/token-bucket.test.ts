import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { type Grant, TokenBucket, type TokenBucketOptions } from './token-bucket.ts'

const tenASecond = (burst: number): TokenBucket => new TokenBucket({ ratePerSecond: 10, burst })

/** Takes a token at each of the times, and lists the answers. */
const answers = (bucket: TokenBucket, timesMs: readonly number[]): boolean[] =>
  timesMs.map((nowMs) => bucket.allow(nowMs, 1))

const aRate = fc.oneof(
  fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
  fc.constantFrom(1 / 3, 0.7692307692307693, 3, 7, 30, 60 / 7, 999, 1e6 / 7, 1e9),
)
const aBurst = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 1e9 }))
const aLimit: fc.Arbitrary<TokenBucketOptions> = fc.record({ ratePerSecond: aRate, burst: aBurst })
/** From the start of a process to the age of a civilisation. */
const aTimeMs = fc.oneof(
  fc.double({ min: 0, max: 1e6, noNaN: true }),
  fc.double({ min: 0, max: 1e14, noNaN: true }),
)
const aShare = fc.double({ min: 0, max: 1, noNaN: true })

/** Asks at growing times: how long after the one before, in the time one token takes, and for which share of the burst. */
const someAsks = fc.array(
  fc.record({ pause: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })), share: aShare }),
  { maxLength: 40 },
)

describe('TokenBucket', () => {
  it('admits a full burst at once, then a token at each tick of the rate', () => {
    expect(answers(tenASecond(2), [0, 0, 0, 50, 99.9, 100, 100, 200])).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
      false,
      true,
    ])
  })

  it('saves up no more than the burst', () => {
    expect(answers(tenASecond(2), [0, 0, 1e9, 1e9, 1e9])).toEqual([true, true, true, true, false])
  })

  it('counts fractions of tokens', () => {
    const bucket = tenASecond(1)
    expect(bucket.allow(0, 0.75)).toBe(true)
    expect(bucket.tokens(0)).toBe(0.25)
    expect(bucket.tokens(25)).toBe(0.5)
  })

  it('takes a deficit worth less than a nanosecond as none', () => {
    const bucket = new TokenBucket({ ratePerSecond: 3, burst: 1 })
    expect(bucket.allow(0, 1)).toBe(true)
    expect(bucket.allow(333.333332, 1)).toBe(false)
    expect(bucket.allow(333.333333, 1)).toBe(true)
  })

  it('has no limit at a rate of Infinity, whatever the burst, and takes nothing', () => {
    const bucket = new TokenBucket({ ratePerSecond: Number.POSITIVE_INFINITY, burst: 0 })
    expect(bucket.allow(0, 1e9)).toBe(true)
    expect(bucket.reserve(0, 1e9)).toMatchObject({ delayMs: 0, tokens: 0 })
    expect(bucket.delayUntil(0, 1e9)).toBe(0)
    expect(bucket.tokens(0)).toBe(0)
  })

  it('never refills at a rate of 0 or below, and names no time to come back', () => {
    const bucket = new TokenBucket({ ratePerSecond: -1, burst: 1 })
    expect(answers(bucket, [0, 1e9])).toEqual([true, false])
    expect(bucket.ratePerSecond).toBe(0)
    expect(bucket.delayUntil(1e9, 1)).toBe(Number.POSITIVE_INFINITY)
    expect(bucket.fullAtMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('tells when it will be full', () => {
    const bucket = tenASecond(5)
    bucket.allow(1000, 3)
    expect(bucket.fullAtMs).toBe(1300)
  })

  it('counts a time before the latest one as the latest one', () => {
    const bucket = tenASecond(3)
    expect(answers(bucket, [1000, 0, 500, 0, 1000, 1099, 1100])).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      true,
    ])
    expect(bucket.tokens(0)).toBe(0)
  })

  it('makes a full bucket like another', () => {
    const bucket = tenASecond(3)
    bucket.allow(0, 3)
    const other = new TokenBucket(bucket)
    expect([other.ratePerSecond, other.burst, other.tokens(0)]).toEqual([10, 3, 3])
  })

  it.each([
    [{ ratePerSecond: Number.NaN, burst: 1 }, 'option "ratePerSecond" must be a number'],
    [{ ratePerSecond: 1, burst: -1 }, 'option "burst" must be an integer of at least 0, got -1'],
    [{ ratePerSecond: 1, burst: 1.5 }, 'option "burst" must be an integer of at least 0, got 1.5'],
    [{ ratePerSecond: 1 }, 'option "burst" is missing'],
    [{ ratePerSecond: 1, burst: 1, brust: 2 }, 'unknown option "brust"'],
  ])('refuses %j', (options, problem) => {
    // Wrong on purpose: what a caller without types can pass.
    expect(() => new TokenBucket(options as TokenBucketOptions)).toThrow(OptionError)
    expect(() => new TokenBucket(options as TokenBucketOptions)).toThrow(problem)
  })

  // A text on purpose: out of a header, without types, it would be added as text.
  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '2' as unknown as number])(
    'refuses to count %o tokens, and keeps nothing of it',
    (n) => {
      const bucket = tenASecond(3)
      for (const ask of ['allow', 'reserve', 'delayUntil', 'giveBack'] as const) {
        expect(() => bucket[ask](0, n)).toThrow(`TokenBucket: "n" must be a finite number of tokens`)
      }
      expect(bucket.tokens(0)).toBe(3)
    },
  )
})

describe('TokenBucket.cancel', () => {
  it('gives the tokens back, and those reserved after keep theirs', () => {
    const bucket = tenASecond(3)
    bucket.allow(0, 3)
    const [two, one] = [bucket.reserve(0, 2)!, bucket.reserve(0, 1)!]
    bucket.cancel(0, two)
    expect(bucket.tokens(0)).toBe(-2)
    expect([two.heldTokens, one.delayMs]).toEqual([1, 300])
  })

  it('gives back what it could not before, when it is asked again and nothing is reserved after', () => {
    const bucket = tenASecond(1)
    bucket.allow(0, 1)
    const [first, second] = [bucket.reserve(0, 1)!, bucket.reserve(0, 1)!]
    for (const grant of [first, second, first, first, second]) bucket.cancel(0, grant)
    expect(bucket.tokens(0)).toBe(0)
  })

  it('gives back at the time to act, and nothing after it', () => {
    const bucket = tenASecond(1)
    bucket.allow(0, 1)
    const [first, second] = [bucket.reserve(0, 1)!, bucket.reserve(0, 1)!]
    bucket.cancel(200, second)
    bucket.cancel(200, first)
    expect(bucket.tokens(200)).toBe(1)
    expect(first.heldTokens).toBe(1)
  })

  it('never gives back more than was taken, though a later grant may act before it', () => {
    const bucket = new TokenBucket({ ratePerSecond: 1, burst: 1 })
    bucket.allow(0, 1)
    const slow = bucket.reserve(0, 1)!
    bucket.setRate(100, 100)
    const fast = bucket.reserve(100, 1)!
    expect([slow.delayMs, fast.delayMs]).toEqual([1000, 19])
    bucket.cancel(100, slow)
    expect(bucket.tokens(100)).toBeCloseTo(-0.9, 9)
  })

  it('gives all of a line back from its end, at any rate, though slots are whole nanoseconds', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 50 })
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), sizes, (ratePerSecond, line) => {
        const bucket = new TokenBucket({ ratePerSecond, burst: 5 })
        bucket.allow(0, 5)
        const grants = line.map((n) => bucket.reserve(0, n)!)
        for (const grant of grants.toReversed()) bucket.cancel(0, grant)
        expect(bucket.tokens(0)).toBeCloseTo(0, 9)
      }),
    )
  })

  it('takes nothing under no limit, so that there is nothing to give back under a later one', () => {
    const bucket = new TokenBucket({ ratePerSecond: Number.POSITIVE_INFINITY, burst: 5 })
    const free = bucket.reserve(0, 3)!
    bucket.setRate(0, 10)
    bucket.allow(0, 5)
    bucket.cancel(0, free)
    expect(bucket.tokens(0)).toBe(0)
  })

  it('leaves room for the burst and no more when tokens are given back', () => {
    const bucket = tenASecond(3)
    bucket.allow(0, 2)
    bucket.giveBack(0, 1)
    expect(bucket.tokens(0)).toBe(2)
    bucket.giveBack(0, 9)
    expect(bucket.tokens(0)).toBe(3)
  })
})

describe('TokenBucket.setRate and setBurst', () => {
  it('repays a debt at the new rate, and leaves grants their times', () => {
    const bucket = tenASecond(1)
    const [, second] = [bucket.reserve(0, 1), bucket.reserve(0, 1)]
    bucket.setRate(0, 100)
    expect(bucket.reserve(0, 1)?.delayMs).toBe(20)
    expect(second?.delayMs).toBe(100)
  })

  it('refills at the old rate up to the change', () => {
    const bucket = tenASecond(10)
    bucket.allow(0, 10)
    bucket.setRate(500, 1000)
    expect(bucket.tokens(500)).toBe(5)
  })

  it('adds no tokens when the burst is raised, and takes those that no longer fit when it is lowered', () => {
    const bucket = tenASecond(5)
    bucket.setBurst(0, 10)
    expect(bucket.tokens(0)).toBe(5)
    bucket.setBurst(0, 2)
    expect(bucket.tokens(0)).toBe(2)
  })
})

describe('TokenBucket, given nonsense later', () => {
  it('refuses a rate or a burst that is none, and keeps the old one', () => {
    const bucket = tenASecond(3)
    expect(() => bucket.setRate(0, Number.NaN)).toThrow(
      'TokenBucket: option "ratePerSecond" must be a number',
    )
    expect(() => bucket.setBurst(0, 1.5)).toThrow('TokenBucket: option "burst" must be an integer')
    expect([bucket.ratePerSecond, bucket.burst]).toEqual([10, 3])
  })

  it('takes a time that is no number as no time passed', () => {
    const bucket = tenASecond(1)
    expect(answers(bucket, [0, Number.NaN, 100])).toEqual([true, false, true])
    bucket.delayUntil(Number.NaN, 1)
    expect(bucket.reserve(100, 1, Number.NaN)).toBeUndefined()
  })
})

describe('the promises of a TokenBucket at any rate, burst, number of tokens and time', () => {
  /** Runs asks against a bucket and returns the time after the last. */
  function play(
    bucket: TokenBucket,
    asks: readonly { pause: number; share: number }[],
    startMs: number,
  ): number {
    let nowMs = startMs
    for (const { pause, share } of asks) {
      nowMs += (pause * 1000) / bucket.ratePerSecond
      bucket.allow(nowMs, share * bucket.burst)
    }
    return nowMs
  }

  it('grants whoever comes back alone after the delay that was told', () => {
    fc.assert(
      fc.property(aLimit, aTimeMs, someAsks, aShare, aTimeMs, (limit, startMs, asks, share, maxWaitMs) => {
        const bucket = new TokenBucket(limit)
        const nowMs = play(bucket, asks, startMs)
        const n = share * limit.burst
        const delayMs = bucket.delayUntil(nowMs, n)
        const waitDelayMs = bucket.delayUntil(nowMs, n, maxWaitMs)
        expect(waitDelayMs).toBeLessThanOrEqual(delayMs)
        expect(new TokenBucket(bucket).delayUntil(nowMs, n)).toBe(0)
        if (waitDelayMs > 0) expect(bucket.reserve(nowMs, n, maxWaitMs)).toBeUndefined()
        expect(bucket.allow(nowMs + delayMs, n)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('grants a wait whose bound will be enough, at the time that was told', () => {
    fc.assert(
      fc.property(aLimit, aTimeMs, someAsks, aShare, aTimeMs, (limit, startMs, asks, share, maxWaitMs) => {
        const bucket = new TokenBucket(limit)
        const nowMs = play(bucket, asks, startMs)
        const n = share * limit.burst
        bucket.reserve(nowMs, limit.burst)
        const delayMs = bucket.delayUntil(nowMs, n, maxWaitMs)
        expect(bucket.reserve(nowMs + delayMs, n, maxWaitMs)).toBeDefined()
      }),
      { numRuns: 500 },
    )
  })

  it('names the earliest such time', () => {
    const limit = fc.record({
      ratePerSecond: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
      burst: fc.integer({ min: 1, max: 1000 }),
    })
    fc.assert(
      fc.property(limit, someAsks, aShare, ({ ratePerSecond, burst }, asks, share) => {
        const bucket = new TokenBucket({ ratePerSecond, burst })
        const nowMs = play(bucket, asks, 0)
        const delayMs = bucket.delayUntil(nowMs, share * burst)
        // Two nanoseconds, and the rounding of a product, are not worth naming.
        const earlierMs = delayMs - 2e-6 - (nowMs + delayMs) * 1e-13
        if (earlierMs > 0) expect(bucket.allow(nowMs + earlierMs, share * burst)).toBe(false)
      }),
    )
  })

  it('changes nothing by refusing', () => {
    fc.assert(
      fc.property(aLimit, someAsks, aShare, (limit, asks, share) => {
        const [asked, twin] = [new TokenBucket(limit), new TokenBucket(limit)]
        let nowMs = 0
        for (const { pause, share: part } of asks) {
          nowMs += (pause * 1000) / limit.ratePerSecond
          const n = part * limit.burst
          const isAdmitted = asked.allow(nowMs, n)
          if (isAdmitted) expect(twin.allow(nowMs, n)).toBe(true)
          const much = limit.burst * (1 + share)
          if (asked.reserve(nowMs, much, 0)) expect(twin.reserve(nowMs, much, 0)).toBeDefined()
          asked.delayUntil(nowMs, n)
          expect(asked.tokens(nowMs)).toBe(twin.tokens(nowMs))
        }
      }),
    )
  })

  it('grants over any stretch of time at most the burst and what flowed in, cancelled grants aside', () => {
    const step = fc.record({
      pause: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })),
      share: aShare,
      ask: fc.constantFrom('allow', 'reserve', 'cancel'),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(aLimit, fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const granted = playGrants(new TokenBucket(limit), steps)
        for (const [from, first] of granted.entries()) {
          let sum = 0
          for (const { atNs, n } of granted.slice(from)) {
            sum += n
            // A wait is cut to whole nanoseconds: what is worth less than one may come early.
            const most = limit.burst + (limit.ratePerSecond * (atNs - first.atNs + 1)) / 1e9
            expect(sum).toBeLessThanOrEqual(most * (1 + 1e-9))
          }
        }
      }),
      { examples: [[{ ratePerSecond: 1e-6, burst: 9224 }, twoNearlyFullAsks]] },
    )
  })

  it('grants no more because times step back', () => {
    fc.assert(
      fc.property(aLimit, fc.array(aShare, { maxLength: 100 }), (limit, times) => {
        const bucket = new TokenBucket(limit)
        const spanMs = (10 * 1000) / limit.ratePerSecond
        const admitted = times.filter((share) => bucket.allow(share * spanMs, 1)).length
        expect(admitted).toBeLessThanOrEqual(limit.burst + 10 + 1e-6)
      }),
    )
  })
})

interface Play {
  readonly pause: number
  readonly share: number
  readonly ask: string
  readonly which: number
}

/** The second comes due after more than 292 years: a delay that is told as never. */
const twoNearlyFullAsks: Play[] = [
  { pause: 0, share: 0.9999319227344053, ask: 'allow', which: 0 },
  { pause: 0, share: 0.999999999999999, ask: 'reserve', which: 0 },
]

/** What was granted and not cancelled, in the order of the times to act. */
function playGrants(bucket: TokenBucket, steps: readonly Play[]): { atNs: number; n: number }[] {
  let nowMs = 0
  let grants: Grant[] = []
  for (const { pause, share, ask, which } of steps) {
    nowMs += (pause * 1000) / bucket.ratePerSecond
    if (ask === 'cancel' && grants.length > 0) {
      const gone = grants[which % grants.length]!
      bucket.cancel(nowMs, gone)
      grants = grants.filter((grant) => grant !== gone)
      continue
    }
    const grant = bucket.reserve(nowMs, share * bucket.burst, ask === 'allow' ? 0 : undefined)
    if (grant) grants.push(grant)
  }
  // What may be used after 292 years only is told as never, and counts as never.
  const usable = grants.filter((grant) => grant.delayMs < Number.POSITIVE_INFINITY)
  const acts = usable.map((grant) => ({ atNs: grant.actAtNs, n: grant.tokens }))
  return acts.toSorted((a, b) => a.atNs - b.atNs)
}
