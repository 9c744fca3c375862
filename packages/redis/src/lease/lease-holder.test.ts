import { describe, expect, it } from 'vitest'
import { Demand } from './demand.ts'
import { LeaseHolder } from './lease-holder.ts'

const one = { least: 1, all: 1 }

describe('LeaseHolder', () => {
  it('holds nothing before its first lease, nor after the end of one', () => {
    const holder = new LeaseHolder(100)
    expect(holder.take(0, 1)).toBe(false)
    holder.receive(1, holder.plan(0, one), { granted: 3, waitMs: 0 })
    expect(holder.take(50, 2)).toBe(true)
    expect(holder.held(99)).toBe(1)
    // By the time of asking: the other side counts from later.
    expect(holder.held(100)).toBe(0)
  })

  it('asks again when less than half of its need is left, and not while much is', () => {
    const holder = new LeaseHolder(100)
    for (let i = 0; i < 20; i++) holder.note(1)
    const plan = holder.plan(0, one)
    expect(plan.want).toBeGreaterThan(20)
    holder.receive(0, plan, { granted: plan.want, waitMs: 0 })
    expect(holder.isRenewalDue(1, false)).toBe(false)
    holder.take(1, plan.want * 0.6)
    expect(holder.isRenewalDue(1, false)).toBe(true)
  })

  it('renews a lease in use before it ends', () => {
    const holder = new LeaseHolder(100)
    holder.receive(0, holder.plan(0, one), { granted: 1, waitMs: 0 })
    expect(holder.isRenewalDue(49, false)).toBe(false)
    expect(holder.isRenewalDue(50, false)).toBe(true)
  })

  it('does not ask again at once when tokens are scarce, and tells when they come', () => {
    const holder = new LeaseHolder(100)
    holder.receive(0, holder.plan(0, one), { granted: 0, waitMs: 30 })
    expect(holder.isRenewalDue(29, true)).toBe(false)
    expect(holder.retryAfterMs(10, 1)).toBe(20)
    expect(holder.retryAfterMs(10, 2)).toBeUndefined()
    expect(holder.isRenewalDue(30, true)).toBe(true)
  })

  it('gives back what it holds beyond twice its need, and what came too late', () => {
    const holder = new LeaseHolder(100)
    holder.receive(0, holder.plan(0, { least: 9, all: 9 }), { granted: 9, waitMs: 0 })
    holder.stray(2)
    const plan = holder.plan(60, one)
    expect(plan).toMatchObject({ held: 1, back: 10, want: 0, least: 0 })
    expect(holder.held(60)).toBe(1)
  })
})

describe('Demand', () => {
  it('comes to the rate of what is asked, and forgets', () => {
    const demand = new Demand(100)
    let perSecond = 0
    for (let nowMs = 0; nowMs <= 1000; nowMs += 10) {
      perSecond = demand.perSecond(nowMs)
      demand.note(5)
    }
    expect(perSecond).toBeGreaterThan(490)
    expect(perSecond).toBeLessThan(510)
    demand.perSecond(1000)
    expect(demand.perSecond(2000)).toBeLessThan(1)
  })
})
