import { describe, expect, it } from 'vitest'
import { calibrationFrom, type Measured } from './calibration.ts'

/** A server of 8 slots, made for 400 a second: 3 s at half of that, and 3 s at 2.5 times it. */
const LIGHT: Measured = { answered: 800, refused: 0, cpuMs: 240, answeredPerSecond: 198, watchedMs: 3000 }
const HEAVY: Measured = { answered: 1600, refused: 2400, cpuMs: 720, answeredPerSecond: 392, watchedMs: 3000 }

describe('a calibration', () => {
  it('takes what was answered under much load for the capacity, and tells how far chance may have moved it', () => {
    const { capacityPerSecond, capacityError } = calibrationFrom(8, LIGHT, HEAVY)
    expect(capacityPerSecond).toBe(392)
    expect(capacityError).toBeCloseTo(1 / Math.sqrt(392 * 3), 10)
  })

  it('gives answers what they cost under little load, and refusals what is left under much', () => {
    const { costs } = calibrationFrom(8, LIGHT, HEAVY)
    expect(costs!.answerMs).toBeCloseTo(0.3, 10)
    expect(costs!.refusalMs).toBeCloseTo((720 - 1600 * 0.3) / 2400, 10)
  })

  it.each([
    ['nothing is left for refusals', 470],
    ['a refusal would cost more than an answer', 1300],
  ])('tells no costs when %s', (_when, cpuMs) => {
    expect(calibrationFrom(8, LIGHT, { ...HEAVY, cpuMs }).costs).toBeUndefined()
  })

  it('is none when the server did less than half of what it is made for', () => {
    expect(() => calibrationFrom(8, LIGHT, { ...HEAVY, answeredPerSecond: 199 })).toThrow(
      'the server, made for 400 a second, did 199: this machine is too busy to measure anything',
    )
    expect(calibrationFrom(8, LIGHT, { ...HEAVY, answeredPerSecond: 200 }).capacityPerSecond).toBe(200)
  })

  it('asks less of a machine with fewer slots', () => {
    expect(calibrationFrom(2, LIGHT, { ...HEAVY, answeredPerSecond: 51 }).capacityPerSecond).toBe(51)
    expect(() => calibrationFrom(2, LIGHT, { ...HEAVY, answeredPerSecond: 49 })).toThrow(
      'made for 100 a second',
    )
  })
})
