import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { BinSeries } from '../measure/bins.ts'
import { OptionError } from '../options/option-error.ts'
import { diagnose } from './diagnose.ts'
import type { DiagnoseOptions } from './queue-facts.ts'

/** Some bins that are all alike. */
interface Stretch {
  readonly bins: number
  readonly arrivals: number
  readonly completions: number
  readonly busyMs: number
  readonly depth: number
  readonly drops?: number
  readonly retries?: number
}

// Ten workers of 10 ms: 100 items in each bin of 100 ms.
const queue: DiagnoseOptions = { workers: 10, capacity: 200 }
const usual: Stretch = { bins: 300, arrivals: 50, completions: 50, busyMs: 500, depth: 0 }
const flooded: Stretch = { bins: 100, arrivals: 150, completions: 100, busyMs: 1000, depth: 200, drops: 50 }

function snapshotOf(...stretches: readonly Stretch[]): BinSnapshot {
  const column = (read: (stretch: Stretch) => number): number[] =>
    stretches.flatMap((stretch) => new Array<number>(stretch.bins).fill(read(stretch)))
  return {
    binMs: 100,
    startMs: 0,
    lastBinMs: 100,
    arrivals: column(({ arrivals }) => arrivals),
    drops: column(({ drops = 0 }) => drops),
    completions: column(({ completions }) => completions),
    busyMs: column(({ busyMs }) => busyMs),
    maxDepth: column(({ depth }) => depth),
    serviceSumMs: column(({ completions }) => completions * 10),
    serviceSquares: column(({ completions }) => completions * 200),
    retries: column(({ retries = 0 }) => retries),
  }
}

describe('diagnose', () => {
  it('finds a queue healthy that dropped nothing, and says that there is nothing to do', () => {
    expect(diagnose(snapshotOf(usual), queue)).toEqual({
      verdict: 'healthy',
      alternative: undefined,
      confidence: 1,
      shares: { 'queue-too-small': 0, 'consumer-too-slow': 0, 'inbound-above-capacity': 0, stalled: 0 },
      evidence: undefined,
      advice: 'Nothing was dropped lately; nothing to do.',
    })
  })

  it('finds an empty series healthy', () => {
    expect(diagnose(new BinSeries().snapshot(0), queue).verdict).toBe('healthy')
  })

  it('finds a queue healthy again when the last drop is older than quietAfterMs', () => {
    const bins = snapshotOf(usual, flooded, usual)
    expect(diagnose(bins, { ...queue, quietAfterMs: 29_000 }).verdict).toBe('healthy')
    expect(diagnose(bins, { ...queue, quietAfterMs: 31_000 }).verdict).toBe('inbound-above-capacity')
  })

  it('names inbound above capacity, how much to plan for and how much to shed', () => {
    const { verdict, evidence, advice, confidence } = diagnose(snapshotOf(usual, flooded, usual), queue)
    expect(verdict).toBe('inbound-above-capacity')
    expect(confidence).toBeGreaterThan(0.9)
    expect(evidence).toMatchObject({
      drops: 5000,
      ongoing: false,
      usualInboundPerSecond: 500,
      usualServicePerSecond: 1000,
      servicePerSecond: 1000,
    })
    expect(advice).toMatch(/^1,4\d\d\/s arrive and the workers can do 1,000\/s; no queue within 2,000 ms/)
    expect(advice).toMatch(/add \d workers \(to do 1,8\d\d\/s\), if the downstream allows, or shed 3\d.*%/)
  })

  it('names a queue too small for a short burst, and the capacity that would have held it', () => {
    const { verdict, evidence, advice } = diagnose(snapshotOf(usual, { ...flooded, bins: 10 }, usual), queue)
    expect(verdict).toBe('queue-too-small')
    expect(evidence).toMatchObject({ capacityNeeded: 625, waitNeededMs: 500 })
    expect(advice).toContain('raise capacity from 200 to 625 (adds up to 425 ms of waiting)')
  })

  it('does not advise a queue that memory forbids', () => {
    const bins = snapshotOf(usual, { ...flooded, bins: 10 }, usual)
    expect(diagnose(bins, { ...queue, maxCapacity: 600 }).verdict).toBe('inbound-above-capacity')
    expect(diagnose(bins, { ...queue, maxWaitMs: 400 }).verdict).toBe('inbound-above-capacity')
  })

  it('names a consumer that became slow, how slow, and how many workers would make up for it', () => {
    const slow = { bins: 100, arrivals: 50, completions: 25, busyMs: 1000, depth: 200, drops: 25 }
    const { verdict, advice, shares } = diagnose(snapshotOf(usual, slow), queue)
    expect(verdict).toBe('consumer-too-slow')
    expect(shares['consumer-too-slow']).toBeGreaterThan(0.85)
    expect(advice).toMatch(
      /The workers do 2\d\d\/s instead of 1,000\/s, 3\.\d+ times as slow, and 500\/s arrive/,
    )
    expect(advice).toMatch(/or add 1\d workers/)
  })

  it('names a stall, and how long nothing was finished', () => {
    const still = { bins: 12, arrivals: 50, completions: 0, busyMs: 1000, depth: 200, drops: 33 }
    const { verdict, evidence, advice, shares } = diagnose(snapshotOf(usual, still, usual), queue)
    expect(verdict).toBe('stalled')
    expect(evidence?.longestStallMs).toBe(1200)
    expect(shares.stalled).toBeGreaterThan(0.95)
    expect(advice).toContain('nothing was finished for 1,200 ms: look for a blocked event loop')
  })

  it('takes a pause for a stall although the workers are idle', () => {
    const paused = { bins: 20, arrivals: 50, completions: 0, busyMs: 0, depth: 200, drops: 40 }
    expect(diagnose(snapshotOf(usual, paused), queue).verdict).toBe('stalled')
  })

  it('names a consumer stalled that never finished anything', () => {
    const never = { bins: 20, arrivals: 50, completions: 0, busyMs: 1000, depth: 200, drops: 40 }
    const { verdict, shares } = diagnose(snapshotOf(never), queue)
    expect([verdict, shares.stalled]).toEqual(['stalled', 1])
  })

  it('names a queue too small for swings shorter than a bin, by the size that smooths them', () => {
    const swinging = { bins: 100, arrivals: 80, completions: 79, busyMs: 790, depth: 20, drops: 1 }
    const { verdict, evidence, advice } = diagnose(snapshotOf(usual, swinging), { ...queue, capacity: 20 })
    expect(verdict).toBe('queue-too-small')
    expect(evidence?.explained).toBe(0)
    expect(advice).toMatch(
      /^Swings shorter than 100 ms overflow the queue at .* % load: raise capacity from 20 to \d+/,
    )
  })

  it('splits mixed causes by what vanishes when one thing after the other is put right', () => {
    // Half as fast and half as much again arrives: of 100 drops in a bin 50 remain at the usual speed.
    const mixed = { bins: 200, arrivals: 150, completions: 50, busyMs: 1000, depth: 200, drops: 100 }
    const { verdict, alternative, shares } = diagnose(snapshotOf(usual, mixed), queue)
    expect(verdict).toBe('consumer-too-slow')
    expect(alternative).toBe('inbound-above-capacity')
    expect(shares['consumer-too-slow']).toBeCloseTo(0.5, 1)
    expect(shares['inbound-above-capacity']).toBeCloseTo(0.4, 1)
    expect(shares['queue-too-small']).toBeCloseTo(0.1, 1)
    expect(shares.stalled).toBe(0)
  })

  it('names the start rate, not the workers, where it is what holds items back', () => {
    const held = { bins: 100, arrivals: 40, completions: 10, busyMs: 100, depth: 200, drops: 30 }
    const calm = { ...usual, arrivals: 5, completions: 5, busyMs: 50 }
    const { verdict, advice } = diagnose(snapshotOf(calm, held), { ...queue, startRatePerSecond: 100 })
    expect(verdict).toBe('inbound-above-capacity')
    expect(advice).toMatch(/the start rate allows 100\/s.*raise the start rate from 100 to \d+\/s/)
  })

  it('judges a queue that refuses before it is full by the depth it reached', () => {
    const { verdict, evidence } = diagnose(snapshotOf(usual, flooded, usual), {
      ...queue,
      capacity: 1_000_000,
    })
    expect(verdict).toBe('inbound-above-capacity')
    expect(evidence!.explained).toBeGreaterThan(0.9)
  })

  it('does not advise more places where a budget refused before the queue was full', () => {
    const { verdict, evidence, advice } = diagnose(snapshotOf(usual, { ...flooded, bins: 10 }, usual), {
      ...queue,
      capacity: 1_000_000,
    })
    expect(verdict).toBe('inbound-above-capacity')
    expect(evidence?.deepest).toBe(200)
    expect(advice).toContain('were refused at a depth of 200, long before the capacity of 1,000,000')
    expect(advice).not.toContain('raise capacity')
  })

  it('names many short stalls as it names one long', () => {
    const still = { bins: 6, arrivals: 50, completions: 0, busyMs: 1000, depth: 200, drops: 30 }
    const between = { bins: 10, arrivals: 50, completions: 80, busyMs: 1000, depth: 200 }
    const stretches = [still, between, still, between, still, between]
    expect(diagnose(snapshotOf(usual, ...stretches, usual), queue).verdict).toBe('stalled')
  })

  it('names a retry storm beside the cause', () => {
    const storm = { ...flooded, retries: 60 }
    expect(diagnose(snapshotOf(usual, storm), queue).advice).toMatch(
      /\d\d.*% of the arrivals are retries: give the clients/,
    )
    expect(diagnose(snapshotOf(usual, flooded), queue).advice).not.toContain('retries')
  })

  it('says whether it goes on', () => {
    expect(diagnose(snapshotOf(usual, flooded), queue).evidence?.ongoing).toBe(true)
    expect(diagnose(snapshotOf(usual, flooded, usual), queue).evidence?.ongoing).toBe(false)
  })

  it('is less sure without a usual life to compare with, and on few arrivals', () => {
    const known = diagnose(snapshotOf(usual, flooded), queue).confidence
    expect(diagnose(snapshotOf(flooded), queue).confidence).toBeLessThanOrEqual(known / 2)
    expect(diagnose(snapshotOf(usual, { ...flooded, bins: 1, drops: 1 }), queue).confidence).toBeLessThan(0.9)
  })

  it('looks at the latest episode alone', () => {
    const still = { bins: 12, arrivals: 50, completions: 0, busyMs: 1000, depth: 200, drops: 33 }
    expect(diagnose(snapshotOf(usual, flooded, usual, still, usual), queue).verdict).toBe('stalled')
  })

  it('answers something sound for any bins whatever', () => {
    const stretch: fc.Arbitrary<Stretch> = fc.record({
      bins: fc.integer({ min: 1, max: 40 }),
      arrivals: fc.integer({ min: 0, max: 500 }),
      completions: fc.integer({ min: 0, max: 500 }),
      busyMs: fc.integer({ min: 0, max: 1000 }),
      depth: fc.integer({ min: 0, max: 200 }),
      drops: fc.integer({ min: 0, max: 100 }),
      retries: fc.integer({ min: 0, max: 100 }),
    })
    const capacity = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 400 }))
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 6 }), capacity, (stretches, places) => {
        const { verdict, shares, confidence, advice } = diagnose(snapshotOf(...stretches), {
          workers: 10,
          capacity: places,
        })
        const sum = Object.values(shares).reduce((total, share) => total + share, 0)
        expect(sum).toBeCloseTo(verdict === 'healthy' ? 0 : 1, 9)
        expect(confidence).toBeGreaterThanOrEqual(0)
        expect(confidence).toBeLessThanOrEqual(1)
        expect(advice).not.toMatch(/NaN|undefined|Infinity|unbounded times/)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[object, string]>([
    [{ capacity: 5 }, 'diagnose: option "workers" is missing'],
    [{ workers: 0, capacity: 5 }, '"workers" must be a number above 0, got 0'],
    [{ workers: 1, capacity: Number.NaN }, '"capacity"'],
    [{ workers: 1, capacity: 5, maxWaitMs: -1 }, '"maxWaitMs"'],
    [{ workers: 1, capacity: 5, maxCapacity: 0.5 }, '"maxCapacity"'],
    [{ workers: 1, capacity: 5, startRatePerSecond: 0 }, '"startRatePerSecond"'],
    [{ workers: 1, capacity: 5, patience: 1 }, 'unknown option "patience"'],
  ])('refuses %o, naming the option', (wrong, message) => {
    // Wrong on purpose: what a caller without types may pass.
    const options = wrong as DiagnoseOptions
    expect(() => diagnose(snapshotOf(usual), options)).toThrow(OptionError)
    expect(() => diagnose(snapshotOf(usual), options)).toThrow(message)
  })
})
