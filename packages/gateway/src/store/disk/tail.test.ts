import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NewEvent } from '../store.ts'
import { Tail, TailMemory } from './tail.ts'

function events(count: number, bytes = 10): readonly NewEvent[] {
  const payload = new Uint8Array(bytes)
  return Array.from({ length: count }, (_, index) => {
    return { id: String(index), receivedAtMs: 0, tenant: '', contentType: '', payload }
  })
}

describe('the tail of a log', () => {
  it('has what was committed behind what was read, until that is read too', () => {
    const tail = new Tail()
    const [first, second, third] = events(3)
    if (!first || !second || !third) throw new Error('three events')
    tail.add(1, [first, second])
    tail.add(3, [third])
    expect([0, 1, 2, 3, 4].map((seq) => tail.at(seq))).toEqual([undefined, first, second, third, undefined])
    tail.readUpTo(2)
    expect([1, 2, 3].map((seq) => tail.at(seq))).toEqual([undefined, undefined, third])
  })

  it('keeps nothing that does not follow, and begins anew when its reader has caught up', () => {
    const tail = new Tail()
    tail.add(11, events(2))
    expect(tail.at(11)).toBeUndefined()
    tail.readUpTo(12)
    tail.add(13, events(1))
    expect(tail.at(13)).toBeDefined()
  })

  it('keeps no more than a few MiB, however far behind its reader is', () => {
    const tail = new Tail()
    for (let seq = 1; seq <= 100; seq++) tail.add(seq, events(1, 2 ** 20))
    expect(Array.from({ length: 100 }, (_, index) => tail.at(index + 1)).filter(Boolean)).toHaveLength(3)
    tail.readUpTo(3)
    tail.add(101, events(1))
    expect(tail.at(101)).toBeUndefined()
    tail.readUpTo(101)
    tail.add(102, events(1))
    expect(tail.at(102)).toBeDefined()
  })

  it('counts the texts of an event, which may be longer than its payload', () => {
    const tail = new Tail()
    const attributes = 'a'.repeat(16_384)
    for (let seq = 1; seq <= 1000; seq++)
      tail.add(
        seq,
        events(1).map((event) => ({ ...event, attributes })),
      )
    expect(Array.from({ length: 1000 }, (_, index) => tail.at(index + 1)).filter(Boolean)).toHaveLength(251)
  })

  it('shares a bound with the other streams of its store: none keeps more than is left', () => {
    const memory = new TailMemory(2 ** 20)
    const [first, second] = [new Tail(memory), new Tail(memory)]
    first.add(1, events(1, 600_000))
    second.add(1, events(1, 600_000))
    expect([first.at(1), second.at(1)].map(Boolean)).toEqual([true, false])
    first.readUpTo(1)
    second.readUpTo(1)
    second.add(2, events(1, 600_000))
    expect(second.at(2)).toBeDefined()
    second.close()
    first.add(2, events(1, 600_000))
    expect(first.at(2)).toBeDefined()
  })

  it('gives way to another stream when its reader must go to the disk anyway, and begins anew', () => {
    const memory = new TailMemory(2 ** 20)
    const [slow, quick] = [new Tail(memory), new Tail(memory)]
    slow.add(1, events(1, 900_000))
    slow.add(2, events(1, 900_000))
    expect(slow.at(1)).toBeDefined()
    quick.add(1, events(1, 900_000))
    expect([slow.at(1), quick.at(1)].map(Boolean)).toEqual([false, true])
    slow.add(3, events(1))
    expect(slow.at(3)).toBeUndefined()
    slow.readUpTo(3)
    slow.add(4, events(1))
    expect(slow.at(4)).toBeDefined()
  })

  it('gives way to those that read, when nobody has read it while as much as all may keep was asked for', () => {
    const memory = new TailMemory(2 ** 20)
    const [paused, quick] = [new Tail(memory), new Tail(memory)]
    paused.add(1, events(1, 900_000))
    let seq = 0
    while (paused.at(1) && seq < 100) {
      quick.add(++seq, events(1, 300_000))
      quick.readUpTo(seq)
    }
    // 300 kB at a time, of 1 MiB: with the fifth it has not been read for longer than that.
    expect(seq).toBe(5)
    // It keeps nothing until its reader has caught up.
    paused.add(2, events(1))
    expect(paused.at(2)).toBeUndefined()
    paused.readUpTo(2)
    paused.add(3, events(1))
    expect(paused.at(3)).toBeDefined()
  })

  it('does not give way while it is read, however much others ask for', () => {
    const memory = new TailMemory(2 ** 20)
    const [read, greedy] = [new Tail(memory), new Tail(memory)]
    for (let seq = 1; seq <= 20; seq++) read.add(seq, events(1, 40_000))
    for (let seq = 1; seq < 20; seq++) {
      greedy.add(seq, events(1, 900_000))
      greedy.readUpTo(seq)
      read.readUpTo(seq)
      expect(read.at(seq + 1)).toBeDefined()
    }
  })

  it('gives out each event under its own number, whatever is added and read in any order, and others need', () => {
    const step = fc.record({
      add: fc.integer({ min: 0, max: 5 }),
      read: fc.integer({ min: -5, max: 5 }),
      other: fc.integer({ min: 0, max: 5 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const memory = new TailMemory(5000)
        const [tail, another] = [new Tail(memory), new Tail(memory)]
        const all: NewEvent[] = []
        let read = 0
        let others = 0
        for (const { add, read: more, other } of steps) {
          const batch = events(add)
          tail.add(all.length + 1, batch)
          all.push(...batch)
          another.add(others + 1, events(other))
          others += other
          if (more % 2 === 0) another.readUpTo(others)
          read = Math.max(0, Math.min(all.length, read + more))
          tail.readUpTo(read)
          for (const [index, event] of all.entries()) expect([undefined, event]).toContain(tail.at(index + 1))
        }
        // All that is kept is given back: a tail that is closed keeps nothing.
        another.close()
        tail.close()
        const fresh = new Tail(memory)
        fresh.add(1, events(15))
        expect(fresh.at(1)).toBeDefined()
      }),
    )
  })
})
