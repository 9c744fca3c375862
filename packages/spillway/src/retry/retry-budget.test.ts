import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { RetryBudget } from './retry-budget.ts'

describe('RetryBudget', () => {
  it('lets traffic grow by the ratio and the reserve, and no more', () => {
    const budget = new RetryBudget({
      ratio: 0.1,
      minPerSecond: 1,
      windowMs: 10_000,
      clock: new VirtualClock(),
    })
    for (let i = 0; i < 1000; i++) budget.onRequest()
    let allowed = 0
    for (let i = 0; i < 3000; i++) if (budget.tryRetry()) allowed++
    expect(allowed).toBe(110)
    expect(budget.stats()).toEqual({ requests: 1000, retries: 110, denied: 2890 })
  })

  it('has its reserve from the start, so that a lone request may be tried again', () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.2, clock: new VirtualClock() })
    expect([budget.tryRetry(), budget.tryRetry(), budget.tryRetry()]).toEqual([true, true, false])
  })

  it('has no reserve when that is less than one retry for the whole window', () => {
    const budget = new RetryBudget({
      ratio: 0,
      minPerSecond: 0.09,
      windowMs: 10_000,
      clock: new VirtualClock(),
    })
    expect(budget.tryRetry()).toBe(false)
  })

  it('forgets requests and retries after its window', () => {
    const clock = new VirtualClock()
    const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0, windowMs: 1000, clock })
    budget.onRequest()
    budget.onRequest()
    expect(budget.tryRetry()).toBe(true)
    expect(budget.available).toBe(0)
    clock.advance(1000)
    expect(budget.available).toBe(0)
    expect(budget.tryRetry()).toBe(false)
    budget.onRequest()
    budget.onRequest()
    expect(budget.tryRetry()).toBe(true)
  })

  it('with a ratio and a reserve of 0 allows none', () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0, clock: new VirtualClock() })
    budget.onRequest()
    expect(budget.tryRetry()).toBe(false)
  })

  it('refuses a negative ratio', () => {
    expect(() => new RetryBudget({ ratio: -0.1 })).toThrow(OptionError)
  })
})
