import * as fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { aimd } from './aimd.ts'
import { fixed } from './fixed.ts'
import { gradient } from './gradient.ts'
import { LearningLimit, type LimitRule } from './learning-limit.ts'
import { LEARNING_DEFAULTS } from './learning-options.ts'
import type { ConcurrencyLimit, LimitDecision } from './limit.ts'
import { vegas, vegasRule } from './vegas.ts'

/** Feeds samples one after the other: `[rttMs, inFlight, dropped?]`. */
function feed(limit: ConcurrencyLimit, samples: readonly (readonly [number, number, boolean?])[]): number[] {
  let endMs = 0
  return samples.map(([rttMs, inFlight, dropped = false]) => {
    endMs += rttMs
    return limit.onSample({ endMs, rttMs, inFlight, dropped }).limit
  })
}

/** Each sample is a window of its own, without the rooms that were added to the originals. */
const bare = {
  smoothing: 1,
  windowMs: 0,
  minSamples: 1,
  slowStart: false,
  probeAfterMs: Number.POSITIVE_INFINITY,
}

describe('the figures of the originals', () => {
  it.each([
    {
      what: 'rises by beta while nothing queues',
      samples: [
        [10, 10],
        [10, 11],
      ],
      limits: [10, 16],
    },
    {
      what: 'falls when more than beta queue',
      samples: [
        [10, 10],
        [50, 11],
      ],
      limits: [10, 9],
    },
    {
      what: 'stays while about alpha queue',
      samples: [
        [10, 10],
        [14, 14],
      ],
      limits: [10, 10],
    },
  ] as const)('Vegas $what', ({ samples, limits }) => {
    expect(feed(vegas({ ...bare, initial: 10, alpha: 3, beta: 6, max: 20 }), samples)).toEqual(limits)
  })

  it('Vegas halves, smoothed, where it is told to halve', () => {
    const rule = vegasRule()
    const halving: LimitRule = {
      ...rule,
      next(limit, took, noLoadMs) {
        const { reason } = rule.next(limit, took, noLoadMs)
        return { limit: reason === 'queueing' ? limit / 2 : limit, reason }
      },
    }
    const options = { ...LEARNING_DEFAULTS, ...bare, initial: 100, smoothing: 0.5 }
    expect(
      feed(new LearningLimit(halving, options), [
        [10, 100],
        [20, 100],
        [20, 100],
      ]),
    ).toEqual([100, 75, 56])
  })

  it('Vegas takes larger steps at a larger limit', () => {
    const limit = vegas({ ...bare, initial: 10_000, max: 20_000 })
    expect(
      feed(limit, [
        [10_000, 0],
        [10_000, 6000],
      ]),
    ).toEqual([10_000, 10_024])
  })

  it('AIMD rises by one when in use, falls by a tenth on a drop, stays within its bounds', () => {
    expect(feed(aimd({ initial: 20 }), [[10, 10]])).toEqual([21])
    expect(feed(aimd({ initial: 30 }), [[10, 10, true]])).toEqual([27])
    expect(feed(aimd({ initial: 200 }), [[10, 200]])).toEqual([200])
    expect(feed(aimd({ initial: 20 }), [[5000, 20]])).toEqual([18])
    expect(feed(aimd({ initial: 20 }), [[10, 9]])).toEqual([20])
  })

  it('AIMD falls once for a wave of drops: those that started before it fell tell of the limit before', () => {
    const limit = aimd({ initial: 100 })
    const drop = (startMs: number, endMs: number): unknown => {
      const { limit: now, reason } = limit.onSample({
        endMs,
        rttMs: endMs - startMs,
        inFlight: 100,
        dropped: true,
      })
      return [now, reason]
    }
    expect(drop(0, 1000)).toEqual([90, 'dropped'])
    for (let i = 0; i < 50; i++) expect(drop(500 + i, 1001 + i)).toEqual([90, 'gathering'])
    expect(drop(1000, 1100)).toEqual([81, 'dropped'])
  })

  it('Gradient grows by the square root of the limit and shrinks with the slope, smoothed', () => {
    expect(
      feed(gradient({ ...bare, smoothing: 0.2, initial: 100 }), [
        [20, 100],
        [20, 100],
      ]),
    ).toEqual([100, 102])
    expect(
      feed(gradient({ ...bare, smoothing: 0.2, initial: 100 }), [
        [20, 100],
        [40, 100],
      ]),
    ).toEqual([100, 95])
    expect(
      feed(gradient({ ...bare, smoothing: 0.2, initial: 100 }), [
        [20, 100],
        [900, 100],
      ]),
    ).toEqual([100, 90])
  })
})

type MakeLimit = (options?: object) => ConcurrencyLimit
const learners: [string, MakeLimit][] = [
  ['vegas', vegas],
  ['gradient', gradient],
]
const all: [string, MakeLimit][] = [...learners, ['aimd', aimd]]

/** Windows of 100 samples over 100 ms each. */
function windows(
  limit: ConcurrencyLimit,
  count: number,
  sample: { rttMs: number; inFlight?: number; dropped?: boolean; startMs?: number },
): LimitDecision[] {
  const decisions: LimitDecision[] = []
  for (let i = 0; i < count * 102; i++) {
    const inFlight = sample.inFlight ?? limit.limit
    const decision = limit.onSample({ dropped: false, ...sample, endMs: (sample.startMs ?? 0) + i, inFlight })
    if (decision.reason !== 'gathering') decisions.push(decision)
  }
  return decisions
}

describe('the known faults of the originals', () => {
  it.each(all)('%s never ignores drops: with nothing but drops it falls to its minimum', (_name, make) => {
    const limit = make({ initial: 100, min: 2 })
    const decisions = windows(limit, 100, { rttMs: 20, dropped: true })
    expect(new Set(decisions.map(({ reason }) => reason))).toEqual(new Set(['dropped']))
    expect(limit.limit).toBe(2)
  })

  it.each(all)('%s does not drift up while everything takes exactly the timeout', (_name, make) => {
    const limit = make({ initial: 100, timeoutMs: 1000 })
    windows(limit, 20, { rttMs: 20 })
    windows(limit, 3000, { rttMs: 1000, startMs: 10_000 })
    expect(limit.limit).toBe(1)
  })

  it.each(learners)(
    '%s does not take times that queue for times without load, however long it lasts',
    (_name, make) => {
      const limit = make({ initial: 40, max: 1000 })
      let endMs = 0
      const rttAt = (inFlight: number): number => (inFlight <= 16 ? 20 : (20 * inFlight) / 16)
      let [least, most] = [Number.POSITIVE_INFINITY, 0]
      for (let i = 0; i < 600_000; i++) {
        endMs += 1.25
        limit.onSample({ endMs, rttMs: rttAt(limit.limit), inFlight: limit.limit, dropped: false })
        if (i < 100_000) continue
        least = Math.min(least, limit.limit)
        most = Math.max(most, limit.limit)
      }
      expect(most).toBeLessThanOrEqual(40)
      expect(least).toBeGreaterThanOrEqual(9)
    },
  )

  it.each(learners)('%s is not led astray by one lucky minimum', (_name, make) => {
    const limit = make({ initial: 20, max: 20 })
    windows(limit, 20, { rttMs: 20 })
    limit.onSample({ endMs: 3000, rttMs: 0.1, inFlight: 20, dropped: false })
    windows(limit, 50, { rttMs: 20, startMs: 3000 })
    expect(limit.limit).toBe(20)
  })

  it.each(learners)('%s survives a whole window of luck', (_name, make) => {
    const limit = make({ initial: 20, max: 20 })
    windows(limit, 20, { rttMs: 20 })
    windows(limit, 1, { rttMs: 0.1, startMs: 3000 })
    windows(limit, 250, { rttMs: 20, startMs: 3200 })
    expect(limit.limit).toBeGreaterThanOrEqual(18)
  })

  it.each(learners)(
    '%s starts fast: from 20 to 1000 within a second of windows without queueing',
    (_name, make) => {
      const limit = make()
      const decisions = windows(limit, 8, { rttMs: 20 })
      expect(decisions[1]).toEqual({ limit: 40, reason: 'slow-start' })
      expect(limit.limit).toBe(1000)
    },
  )

  it.each(learners)(
    '%s is what it was, and no more, within seconds after an outage, though it fell to 1',
    (_name, make) => {
      const limit = make({ initial: 64, max: 64 })
      windows(limit, 5, { rttMs: 20 })
      windows(limit, 60, { rttMs: 150, dropped: true, startMs: 10_000 })
      expect(limit.limit).toBe(1)
      // The first window holds the rest of the drops.
      const [, ...decisions] = windows(limit, 9, { rttMs: 20, startMs: 20_000 })
      expect(decisions[0]!.reason).toBe('slow-start')
      for (const [index, { limit: now }] of decisions.entries()) {
        expect(now).toBeGreaterThanOrEqual(Math.min(64, 2 ** (index + 1)))
      }
      expect(limit.limit).toBe(64)
    },
  )

  it.each(learners)('%s does not double after drops when work has begun to queue', (_name, make) => {
    const limit = make({ initial: 64, max: 64 })
    windows(limit, 5, { rttMs: 20 })
    windows(limit, 10, { rttMs: 150, dropped: true, startMs: 10_000 })
    const fallen = limit.limit
    const decisions = windows(limit, 3, { rttMs: 80, startMs: 20_000 })
    expect(decisions.map(({ reason }) => reason)).not.toContain('slow-start')
    expect(limit.limit).toBeLessThanOrEqual(fallen)
  })

  it.each(learners)(
    '%s probes only while its limit is in use and times stay long: an hour of healthy traffic has no probe',
    (_name, make) => {
      for (const inFlight of [12, 45, 50]) {
        const limit = make({ initial: 50, max: 50 })
        const decisions = windows(limit, 3600, { rttMs: 20, inFlight })
        expect(decisions.filter(({ reason }) => reason === 'probe')).toEqual([])
        expect(limit.limit).toBe(50)
      }
    },
  )

  it.each(learners)(
    '%s measures anew when the work itself has become slower, and does not starve it',
    (_name, make) => {
      const limit = make({ initial: 20, max: 20 })
      windows(limit, 20, { rttMs: 20 })
      const decisions = windows(limit, 40, { rttMs: 60, startMs: 10_000 })
      expect(decisions.map(({ reason }) => reason)).toContain('probe')
      expect(limit.limit).toBe(20)
    },
  )

  it.each(learners)(
    '%s is not spoilt in a probe by what ends before the queue has drained',
    (_name, make) => {
      const limit = make({ initial: 20, max: 20 })
      windows(limit, 20, { rttMs: 20 })
      let endMs = 10_000
      const end = (rttMs: number): string => {
        endMs++
        return limit.onSample({ endMs, rttMs, inFlight: limit.limit, dropped: false }).reason
      }
      while (end(60) !== 'probe');
      for (let i = 0; i < 60; i++) end(900)
      for (let i = 0; i < 1000; i++) end(60)
      expect(Reflect.get(limit, 'noLoadMs')).toBeCloseTo(60, 0)
    },
  )

  it.each(learners)('%s does not walk with the noise of its samples', (_name, make) => {
    for (let seed = 1; seed <= 5; seed++) {
      const [random, limit] = [seededRandom(seed), make({ initial: 20 })]
      const seen: number[] = []
      for (let endMs = 0; endMs < 60_000; endMs += 1.25) {
        const meanMs = 20 * Math.max(1, limit.limit / 16)
        const rttMs = (random() < 0.9 ? 0.5 : 5.5) * meanMs
        const { reason } = limit.onSample({ endMs, rttMs, inFlight: limit.limit, dropped: false })
        if (endMs > 10_000 && reason !== 'probe') seen.push(limit.limit)
      }
      const median = seen.toSorted((a, b) => a - b)[seen.length >> 1]!
      const beyond = seen.filter((now) => Math.abs(now - median) > 0.2 * median).length
      expect(beyond / seen.length).toBeLessThan(0.03)
    }
  })

  it.each(learners)('%s goes on learning after the clock was set back', (_name, make) => {
    const limit = make({ initial: 20 })
    windows(limit, 3, { rttMs: 20, startMs: 1e9 })
    expect(limit.limit).toBeGreaterThan(20)
    windows(limit, 20, { rttMs: 20, dropped: true, startMs: 0 })
    expect(limit.limit).toBeLessThan(20)
  })

  it.each(learners)(
    '%s keeps its limit finite and learns on after a machine slept for an hour',
    (_name, make) => {
      const limit = make({ initial: 20, max: 100 })
      windows(limit, 10, { rttMs: 20, inFlight: 8 })
      limit.onSample({ endMs: 3.6e6, rttMs: 3.6e6, inFlight: 8, dropped: false })
      limit.onSample({ endMs: 3.6e6, rttMs: Number.MAX_VALUE, inFlight: 8, dropped: false })
      windows(limit, 10, { rttMs: 20, inFlight: 8, startMs: 3.6e6 })
      expect(Reflect.get(limit, 'noLoadMs')).toBeLessThan(25)
      windows(limit, 60, { rttMs: 200, inFlight: 100, startMs: 3.7e6 })
      expect(limit.limit).toBeLessThanOrEqual(100)
      expect(limit.limit).toBeGreaterThanOrEqual(1)
    },
  )

  it('gradient does not climb on a slope a little below 1', () => {
    const limit = gradient({ ...bare, initial: 100, tolerance: 1 })
    feed(limit, [[19, 100]])
    const limits = feed(
      limit,
      Array.from({ length: 20 }, () => [20, 1000] as const),
    )
    expect(limits[19]).toBeLessThan(85)
  })

  it('gradient does not hunt: it rises to 0.8 of the lengthening that it allows, and stays up to the whole', () => {
    const reasonAt = (rttMs: number): string => {
      const limit = gradient({ ...bare, initial: 100 })
      feed(limit, [[20, 100]])
      return limit.onSample({ endMs: 100, rttMs, inFlight: 100, dropped: false }).reason
    }
    expect([27.9, 28.1, 29.9, 30.1].map(reasonAt)).toEqual(['room', 'balanced', 'balanced', 'queueing'])
  })

  it.each(all)('%s raises nothing when too little is in flight to tell', (_name, make) => {
    const limit = make({ initial: 100 })
    const decisions = windows(limit, 5, { rttMs: 20, inFlight: 49 })
    expect(decisions.at(-1)).toEqual({ limit: 100, reason: 'application-limited' })
  })
})

describe('every limit', () => {
  it.each(all)(
    '%s stays an integer within its bounds and never throws, whatever the samples',
    (_name, make) => {
      fc.assert(
        fc.property(
          fc.array(fc.tuple(fc.double(), fc.double(), fc.double(), fc.boolean()), { maxLength: 300 }),
          (samples) => {
            const limit = make({ ...(make === aimd ? {} : { windowMs: 0, minSamples: 1 }), min: 2, max: 30 })
            for (const [endMs, rttMs, inFlight, dropped] of samples) {
              const decision = limit.onSample({ endMs, rttMs, inFlight, dropped })
              expect(decision.limit).toBe(limit.limit)
              expect(Number.isInteger(decision.limit)).toBe(true)
              expect(decision.limit).toBeGreaterThanOrEqual(2)
              expect(decision.limit).toBeLessThanOrEqual(30)
            }
          },
        ),
      )
    },
  )

  it.each(all)('%s learns nothing from what is no measurement', (_name, make) => {
    const sample = { endMs: 1, rttMs: 20, inFlight: 20, dropped: false }
    const bad = [-1, Number.NaN, Number.POSITIVE_INFINITY]
    for (const options of [{}, { timeoutMs: Number.POSITIVE_INFINITY }]) {
      const limit = make({ ...(make === aimd ? {} : bare), initial: 20, ...options })
      for (const value of bad) {
        for (const wrong of [
          { rttMs: value },
          { inFlight: value },
          { endMs: value === -1 ? Number.NaN : value },
        ]) {
          expect(limit.onSample({ ...sample, ...wrong })).toEqual({ limit: 20, reason: 'bad-sample' })
        }
      }
      expect(Reflect.get(limit, 'noLoadMs') ?? 0).toBe(0)
    }
  })

  it.each(all)('%s takes a drop for one, whatever is told of its time', (_name, make) => {
    for (const rttMs of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
      const limit = make({ ...(make === aimd ? {} : bare), initial: 20 })
      expect(limit.onSample({ endMs: 1, rttMs, inFlight: Number.NaN, dropped: true })).toEqual({
        limit: 18,
        reason: 'dropped',
      })
    }
  })

  it('refuses bounds that are out of order, by name', () => {
    expect(() => vegas({ initial: 5, min: 10 })).toThrow(OptionError)
    expect(() => vegas({ initial: 5, min: 10 })).toThrow(
      'vegas: option "initial" must be an integer from 10 to 1000',
    )
    expect(() => gradient({ min: 50, max: 40 })).toThrow(
      'gradient: option "max" must be an integer of at least 50',
    )
    expect(() => aimd({ backoff: 1 })).toThrow('option "backoff"')
    expect(() => gradient({ smoothing: 0 })).toThrow('option "smoothing"')
  })

  it('is a ConcurrencyLimit', () => {
    expectTypeOf(vegas()).toExtend<ConcurrencyLimit>()
    expectTypeOf(gradient()).toExtend<ConcurrencyLimit>()
    expectTypeOf(aimd()).toExtend<ConcurrencyLimit>()
    expectTypeOf(fixed(1)).toExtend<ConcurrencyLimit>()
  })
})
