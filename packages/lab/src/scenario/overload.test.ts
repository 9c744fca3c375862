/**
 * The promises under overload, with one seed and short runs. The same with
 * ten seeds: `test/overload.test.ts`.
 */
import { gradient, vegas } from 'spillway'
import { describe, expect, it } from 'vitest'
import { fifo, learning, limiterDefaults } from '../policies/limiter-policies.ts'
import { shedByImportance } from '../policies/priority-policies.ts'
import { processorWithBudget } from '../policies/processor-policies.ts'
import { goodputPerSecond, msUntilGood, refusedAfterMs, successOf } from '../sim/measure.ts'
import { simulate } from '../sim/simulate.ts'
import { CAPACITY, halved, mixed, steady, surge } from './catalogue.ts'

const watch = { warmUpMs: 1000, endMs: 4000 }
const span = { fromMs: 1000, toMs: 4000 }
const right = [
  ['the limiter', limiterDefaults()],
  ['the processor', processorWithBudget()],
] as const

describe('under overload', () => {
  it.each(right)('%s keeps the server useful at 1.2 and at 5 times its capacity', (_name, policy) => {
    for (const times of [1.2, 5]) {
      const goodput = goodputPerSecond([simulate(steady(times, watch), policy, 3)], span)
      expect(goodput / CAPACITY).toBeGreaterThan(0.93)
    }
  })

  it('a queue as long as the clients are patient serves the dead', () => {
    expect(goodputPerSecond([simulate(steady(2, watch), fifo(160), 3)], span) / CAPACITY).toBeLessThan(0.4)
  })

  it.each(right)('%s follows a server that slows by half', (_name, policy) => {
    const journal = simulate(halved(1000, watch), policy, 3)
    expect(goodputPerSecond([journal], span) / (CAPACITY / 2)).toBeGreaterThan(0.88)
  })

  it('the processor refuses at once what it can not do in time', () => {
    const journal = simulate(steady(2, watch), processorWithBudget(), 3)
    expect(refusedAfterMs([journal], 0.9)).toBe(0)
  })

  it.each([
    ['vegas', vegas],
    ['gradient', gradient],
  ] as const)('%s finds the capacity of a server that it knows nothing of', (_name, makeLimit) => {
    const journal = simulate(steady(2, { warmUpMs: 2000, endMs: 6000 }), learning(makeLimit), 3)
    expect(goodputPerSecond([journal], { fromMs: 2000, toMs: 6000 }) / CAPACITY).toBeGreaterThan(0.9)
  })

  it('an overload with retries ends with its cause', () => {
    const retrying = { retries: 3, backoffMs: 100, retryRatio: 1 }
    const scenario = surge({ atMs: 1500, forMs: 1000 }, retrying, { warmUpMs: 500, endMs: 6000 })
    const journal = simulate(scenario, limiterDefaults(), 3)
    const after = { fromMs: 2500, toMs: 6000 }
    expect(msUntilGood([journal], after, 0.85 * 0.7 * CAPACITY)).toBeLessThanOrEqual(1000)
  })

  it('importance decides who is served', () => {
    const journals = [simulate(mixed(3, { warmUpMs: 1000, endMs: 5000 }), shedByImportance(), 3)]
    expect(successOf(journals, 'critical')).toBeGreaterThan(0.98)
    expect(successOf(journals, 'sheddable')).toBeLessThan(0.3)
  })
})
