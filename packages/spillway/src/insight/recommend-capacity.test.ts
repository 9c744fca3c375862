import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { recommendCapacity } from './recommend-capacity.ts'
import type { SizingOptions } from './sizing-options.ts'

const service = { serviceRatePerSecond: 800, deadlineMs: 200, serviceP99Ms: 92 }

describe('recommendCapacity', () => {
  it('answers, with nothing else known, with the longest queue that is still served in time', () => {
    expect(recommendCapacity(service)).toMatchObject({ capacity: 86, fullQueueWaitMs: 107.5, warnings: [] })
  })

  it('takes no more than randomness needs when the load is known', () => {
    const { capacity, bounds } = recommendCapacity({ ...service, arrivalRatePerSecond: 640 })
    expect(capacity).toBe(32)
    expect(bounds).toEqual({ byDeadline: 86, byMemory: undefined, forRandomness: 32, forBurst: undefined })
  })

  it('warns of a burst that the deadline does not allow, and recommends what it allows', () => {
    const burst = { ratePerSecond: 4800, durationMs: 100 }
    const { capacity, bounds, warnings } = recommendCapacity({ ...service, burst })
    expect([capacity, bounds.forBurst]).toEqual([86, 400])
    expect(warnings).toEqual([
      'The burst needs 400 places, the deadline allows 86: more workers, or shed the rest.',
    ])
  })

  it('bounds by memory, and says how much a full queue takes', () => {
    const sized = recommendCapacity({ ...service, deadlineMs: 5000, serviceP99Ms: 0, itemBytes: 10_000 })
    expect([sized.capacity, sized.fullQueueBytes]).toEqual([4000, 40e6])
    const bounded = recommendCapacity({
      ...service,
      deadlineMs: 5000,
      itemBytes: 10_000,
      memoryBytes: 20e6,
      burst: { ratePerSecond: 4800, durationMs: 1000 },
    })
    expect(bounded.capacity).toBe(2000)
    expect(bounded.warnings[0]).toContain('memory allows 2,000')
  })

  it('says that no buffer fixes overload, and keeps the always full queue short', () => {
    const sized = recommendCapacity({ ...service, deadlineMs: 5000, arrivalRatePerSecond: 960 })
    expect(sized.capacity).toBe(38)
    expect(sized.derivation.join(' ')).toContain('16.7 % is lost. No buffer fixes overload')
    expect(sized.warnings).toEqual([
      '960/s arrive and 800/s can be done: 16.7 % is lost with any queue. Plan for 1,200/s, or shed at the door.',
    ])
  })

  it('says that no queue helps when the work alone takes the whole deadline', () => {
    const sized = recommendCapacity({ ...service, deadlineMs: 90, arrivalRatePerSecond: 100 })
    expect(sized.capacity).toBe(0)
    expect(sized.warnings).toHaveLength(1)
    expect(sized.warnings[0]).toContain('no queue helps')
  })

  it('derives its answer line by line, with the numbers in place', () => {
    const { derivation } = recommendCapacity({
      ...service,
      workers: 16,
      arrivalRatePerSecond: 640,
      burst: { ratePerSecond: 1600, durationMs: 100 },
      itemBytes: 10_000,
      memoryBytes: 20e6,
    })
    expect(derivation).toEqual([
      'Deadline: K ≤ μ (D − S99) = 800/s × (200 ms − 92 ms) = 86; what waits behind more comes too late.',
      'Memory: K ≤ 20 MB / 10 kB = 2,000.',
      'Load: ρ = λ/μ = 640/s / 800/s = 0.8.',
      'Randomness (GI/G/1 by diffusion): K ≥ ln(1/0.001) (ρ × 1 + 1) / (2 (1 − ρ)) = 32 loses 0.1 %.',
      'Wait: 1.91 ms on average with 16 workers, hence L = λ W = 1.22 waiting (Little).',
      'Burst: K ≥ (B − μ) T = (1,600 − 800)/s × 100 ms = 80; its last item waits 100 ms, and the queue is empty again 500 ms after it.',
      'Capacity: 80, the larger need, which the bounds allow; when full it adds 100 ms of waiting; one exponential worker of that speed (M/M/1/K) would lose <0.001 %.',
    ])
  })

  it('never recommends more than is served in time or than memory holds, for any numbers', () => {
    const rate = fc.double({ min: 0.01, max: 1e6, noNaN: true })
    const options: fc.Arbitrary<SizingOptions> = fc.record(
      {
        serviceRatePerSecond: rate,
        deadlineMs: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
        serviceP99Ms: fc.double({ min: 0, max: 1e5, noNaN: true }),
        workers: fc.integer({ min: 1, max: 100 }),
        arrivalRatePerSecond: rate,
        arrivalScv: fc.double({ min: 0, max: 50, noNaN: true }),
        serviceScv: fc.double({ min: 0, max: 50, noNaN: true }),
        burst: fc.record({ ratePerSecond: rate, durationMs: fc.double({ min: 0.1, max: 1e5, noNaN: true }) }),
        itemBytes: fc.integer({ min: 1, max: 1e6 }),
        memoryBytes: fc.integer({ min: 1, max: 1e9 }),
      },
      { requiredKeys: ['serviceRatePerSecond', 'deadlineMs', 'serviceP99Ms', 'itemBytes'] },
    )
    fc.assert(
      fc.property(options, (given) => {
        const { capacity, derivation, warnings } = recommendCapacity(given)
        const lastEndsMs = (1000 * capacity) / given.serviceRatePerSecond + given.serviceP99Ms
        if (capacity > 0) expect(lastEndsMs).toBeLessThanOrEqual(given.deadlineMs * (1 + 1e-6))
        if (given.memoryBytes) expect(capacity * given.itemBytes!).toBeLessThanOrEqual(given.memoryBytes)
        expect(Number.isInteger(capacity)).toBe(true)
        expect([...derivation, ...warnings].join('')).not.toMatch(/NaN|undefined|Infinity/)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[object, string]>([
    [
      { ...service, serviceRatePerSecond: Number.NaN },
      'option "serviceRatePerSecond" must be a finite number above 0, got NaN',
    ],
    [{ ...service, deadlineMs: -1 }, '"deadlineMs"'],
    [{ ...service, lossTarget: 1 }, '"lossTarget"'],
    [{ ...service, workers: 1.5 }, '"workers"'],
    [{ ...service, burst: { ratePerSecond: 1 } }, 'recommendCapacity burst: option "durationMs" is missing'],
    [{ ...service, memoryBytes: 5 }, '"memoryBytes" needs "itemBytes"'],
    [{ ...service, deadline: 5 }, 'unknown option "deadline"'],
    [{}, '"serviceRatePerSecond" is missing'],
  ])('refuses %o, naming the option', (wrong, message) => {
    // Wrong on purpose: what a caller without types may pass.
    const options = wrong as SizingOptions
    expect(() => recommendCapacity(options)).toThrow(OptionError)
    expect(() => recommendCapacity(options)).toThrow(message)
  })
})
