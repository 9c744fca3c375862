import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { type MeasuredTime, NoLoadTime } from './no-load-time.ts'

const SAMPLES = 50

/** What a window of exponential times with this mean amounts to. */
function windowOf(meanMs: number, random: () => number): MeasuredTime {
  const times = Array.from({ length: SAMPLES }, () => -Math.log(1 - random()) * meanMs)
  const rttMs = times.reduce((sum, time) => sum + time, 0) / SAMPLES
  const squares = times.reduce((sum, time) => sum + (time - rttMs) ** 2, 0)
  return { rttMs, deviationMs: Math.sqrt(squares / SAMPLES), samples: SAMPLES }
}

const exact = (rttMs: number): MeasuredTime => ({ rttMs, deviationMs: 0, samples: SAMPLES })

describe('NoLoadTime', () => {
  it('does not sink with the luckiest windows: a shorter time counts only beyond what chance explains', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const [random, noLoad] = [seededRandom(seed), new NoLoadTime()]
      for (let i = 0; i < 20; i++) noLoad.observe(windowOf(20, random), true)
      const knownMs = noLoad.ms
      for (let i = 0; i < 2000; i++) noLoad.observe(windowOf(20, random), false)
      expect(noLoad.ms).toBeGreaterThan(0.9 * knownMs)
    }
  })

  it('follows work that has become faster, seen under load', () => {
    const [random, noLoad] = [seededRandom(1), new NoLoadTime()]
    noLoad.observe(windowOf(20, random), true)
    for (let i = 0; i < 50; i++) noLoad.observe(windowOf(8, random), false)
    expect(noLoad.ms).toBeLessThan(11)
  })

  it('does not rise with what took longer under load, and slowly with what did where little was in flight', () => {
    const noLoad = new NoLoadTime()
    noLoad.observe(exact(20), true)
    for (let i = 0; i < 1000; i++) noLoad.observe(exact(60), false)
    expect(noLoad.ms).toBe(20)
    noLoad.observe(exact(60), true)
    expect(noLoad.ms).toBeLessThanOrEqual(22)
    for (let i = 0; i < 200; i++) noLoad.observe(exact(60), true)
    expect(noLoad.ms).toBeCloseTo(60, 0)
  })

  it('believes no time as longer than four times the one that it knows: a machine that slept', () => {
    const noLoad = new NoLoadTime()
    noLoad.observe(exact(20), true)
    noLoad.observe(exact(3.6e6), true)
    expect(noLoad.ms).toBeLessThanOrEqual(20 + 0.05 * 60)
  })
})
