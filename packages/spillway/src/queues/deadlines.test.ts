import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../clock/system-clock.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Deadlines, type Expiring } from './deadlines.ts'

class Node implements Expiring {
  heapIndex = -1
  heapOrder = 0
  readonly atMs: number
  readonly onDeadline: () => void

  constructor(atMs: number, onDeadline: () => void = () => {}) {
    this.atMs = atMs
    this.onDeadline = onDeadline
  }
}

describe('Deadlines', () => {
  it('tells each node once, at its deadline, after it has left', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines<Node>(clock)
    const told: string[] = []
    const note = (name: string) => () => told.push(`${name} at ${clock.nowMs()}, ${deadlines.size} left`)
    deadlines.add(new Node(20, note('b')))
    deadlines.add(new Node(10, note('a')))
    deadlines.add(new Node(20, note('c')))
    clock.advance(100)
    expect(told).toEqual(['a at 10, 2 left', 'b at 20, 1 left', 'c at 20, 0 left'])
  })

  it('has one timer at most, and none while it is empty', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines<Node>(clock)
    const nodes = [30, 10, 20].map((atMs) => new Node(atMs))
    for (const node of nodes) {
      deadlines.add(node)
      expect(clock.pending).toBe(1)
    }
    for (const node of nodes) deadlines.remove(node)
    expect([deadlines.size, clock.pending]).toEqual([0, 0])
  })

  it('an infinite deadline has no timer, and can be taken back', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines<Node>(clock)
    const node = new Node(Number.POSITIVE_INFINITY)
    deadlines.add(node)
    expect([deadlines.size, clock.pending]).toEqual([1, 0])
    expect([deadlines.remove(node), deadlines.remove(node)]).toEqual([true, false])
  })

  it('a node added by a callback is kept, whether it comes before or after the others', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines<Node>(clock)
    const told: number[] = []
    const note = () => told.push(clock.nowMs())
    deadlines.add(
      new Node(10, () => {
        deadlines.add(new Node(15, note))
        deadlines.add(new Node(50, note))
      }),
    )
    deadlines.add(new Node(30, note))
    clock.advance(100)
    expect([told, clock.pending]).toEqual([[15, 30, 50], 0])
  })

  it('waits on when the timer is early or the clock was set back', () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines<Node>(clock)
    const told: number[] = []
    deadlines.add(new Node(10, () => told.push(clock.nowMs())))
    clock.step(-1000)
    clock.advance(1009)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual([10])
  })

  it('is never early on the real clock', async () => {
    const deadlines = new Deadlines<Node>(systemClock)
    const dueMs = systemClock.nowMs() + 3.3
    await new Promise<void>((resolve) => deadlines.add(new Node(dueMs, resolve)))
    expect(systemClock.nowMs()).toBeGreaterThanOrEqual(dueMs)
  })

  it('tells the next deadline, and nothing when there is none', () => {
    const deadlines = new Deadlines<Node>(new VirtualClock())
    expect(deadlines.nextAtMs).toBeUndefined()
    for (const atMs of [30, 10, 20]) deadlines.add(new Node(atMs))
    expect(deadlines.nextAtMs).toBe(10)
  })

  it('tells exactly those that were not taken back in time, in order, for any deadlines', () => {
    const anyNode = fc.record({ atMs: fc.integer({ min: 1, max: 50 }), removedAtMs: fc.nat({ max: 50 }) })
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 40 }), (plans) => {
        const clock = new VirtualClock()
        const deadlines = new Deadlines<Node>(clock)
        const told: number[] = []
        for (const { atMs, removedAtMs } of plans) {
          const node = new Node(atMs, () => told.push(atMs))
          clock.schedule(removedAtMs, () => deadlines.remove(node))
          deadlines.add(node)
        }
        clock.advance(100)
        const late = plans.filter(({ atMs, removedAtMs }) => removedAtMs > atMs).map(({ atMs }) => atMs)
        const tied = plans.filter(({ atMs, removedAtMs }) => removedAtMs === atMs).length
        expect(told).toEqual(told.toSorted((a, b) => a - b))
        for (const atMs of late) expect(told).toContain(atMs)
        expect(told.length).toBeGreaterThanOrEqual(late.length)
        expect(told.length).toBeLessThanOrEqual(late.length + tied)
        expect([deadlines.size, clock.pending]).toEqual([0, 0])
      }),
    )
  })
})
