import { Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'
import { beforeEach, expect, it } from 'vitest'
import { Pace } from './pace.ts'

let clock: VirtualClock
let starts: number[]
let pace: Pace

/** A window as delivery has it: the pace pauses it. */
function work(rate: { ratePerSecond: number; burst: number } | undefined): void {
  clock = new VirtualClock()
  starts = []
  const window = new Processor<number, void>({
    handle: () => {
      pace.began()
      starts.push(clock.nowMs())
    },
    capacity: 20_000,
    whenFull: 'block',
    concurrency: 1000,
    clock,
  })
  pace = new Pace(rate, clock, () => (pace.isHeld ? window.pause() : window.resume()))
  for (let item = 0; item < 20_000; item++) window.offer(item)
}

const startsIn = (fromMs: number, toMs: number): number =>
  starts.filter((atMs) => atMs >= fromMs && atMs < toMs).length

beforeEach(() => work({ ratePerSecond: 100, burst: 5 }))

it('begins a burst at once, and then one after the other at the rate', () => {
  expect(starts).toHaveLength(5)
  clock.advance(1000)
  expect(starts).toHaveLength(105)
  expect(starts[5]).toBeCloseTo(10, 5)
})

it('keeps another rate from the moment it is set', () => {
  clock.advance(1000)
  pace.set({ ratePerSecond: 1000, burst: 5 })
  clock.advance(1000)
  expect(startsIn(1000, 2000)).toBeGreaterThan(995)
  expect(startsIn(1000, 2000)).toBeLessThanOrEqual(1006)
  pace.set({ ratePerSecond: 10, burst: 1 })
  clock.advance(1000)
  expect(startsIn(2000, 3000)).toBeLessThanOrEqual(11)
})

it('lets everything go once there is no rate, and holds again when there is one', () => {
  work({ ratePerSecond: 1, burst: 1 })
  expect(starts).toHaveLength(1)
  pace.set(undefined)
  expect(starts).toHaveLength(20_000)
})

it('holds what had no rate from the next start on', () => {
  clock = new VirtualClock()
  let changes = 0
  pace = new Pace(undefined, clock, () => changes++)
  pace.began()
  expect([pace.isHeld, changes]).toEqual([false, 0])
  pace.set({ ratePerSecond: 1, burst: 1 })
  expect(pace.isHeld).toBe(false)
  pace.began()
  expect(pace.isHeld).toBe(true)
  clock.advance(999)
  expect(pace.isHeld).toBe(true)
  clock.advance(1)
  expect(pace.isHeld).toBe(false)
})
