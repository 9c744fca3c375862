/**
 * A load that climbs, step by step, and comes down the same way: does the
 * server do on the way down what it did on the way up?
 */
import { CAPACITY, CLIENTS, SERVER, type Watch } from './catalogue.ts'
import type { Scenario } from './scenario.ts'

const CLIMB = [0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2]

/** The loads one after the other, each for the same time, in multiples of the capacity. */
export const RAMP: readonly number[] = [...CLIMB, ...CLIMB.toReversed().slice(1)]

/** The ramp, with clients that try again at once. */
export function ramp({ warmUpMs, endMs }: Watch): Scenario {
  const stepMs = endMs / RAMP.length
  const load = RAMP.map((times, index) => ({ fromMs: index * stepMs, ratePerSecond: times * CAPACITY }))
  const clients = { ...CLIENTS, retries: 3 }
  return { name: 'a ramp up and down, 3 retries at once', load, server: SERVER, clients, warmUpMs, endMs }
}
