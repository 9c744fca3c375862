import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DedupeWindow, type KnownId } from './dedupe-window.ts'
import { dedupeKey } from './digest.ts'

const WINDOW_MS = 1000

function entry(tenant: string, id: string | number, atMs = 0): KnownId {
  return { key: dedupeKey({ tenant, id: String(id) }), digest: 0n, atMs }
}

/** How many of the ids 0 up to `count` of a tenant are known. */
function known(window: DedupeWindow, tenant: string, count: number, nowMs = 0): number {
  const ids = Array.from({ length: count }, (_, id) => id)
  return ids.filter((id) => window.find(entry(tenant, id).key, nowMs)).length
}

function fill(window: DedupeWindow, tenant: string, count: number, atMs = 0): void {
  for (let id = 0; id < count; id++) window.add(entry(tenant, id, atMs), atMs)
}

describe('the dedupe window of a stream', () => {
  it('forgets the oldest of a tenant that is alone when it is full', () => {
    const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys: 3 })
    fill(window, 'a', 4)
    expect([window.size, known(window, 'a', 1), known(window, 'a', 4)]).toEqual([3, 0, 3])
  })

  it('knows nothing that is as old as the window, of tenants either that send nothing more', () => {
    const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys: 100 })
    fill(window, 'silent', 10)
    fill(window, 'a', 10)
    expect(known(window, 'silent', 10, WINDOW_MS - 1)).toBe(10)
    expect(known(window, 'silent', 10, WINDOW_MS)).toBe(0)
    fill(window, 'a', 10, WINDOW_MS)
    expect(window.size).toBe(10)
  })

  it('keeps all of a tenant that has less than its share, however many names another one sends', () => {
    const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys: 100 })
    fill(window, 'quiet', 50)
    fill(window, 'hog', 10_000)
    expect([window.size, known(window, 'quiet', 50)]).toEqual([100, 50])
  })

  it('gives a newcomer its share of a window that another one filled', () => {
    const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys: 100 })
    fill(window, 'hog', 10_000)
    fill(window, 'quiet', 50)
    expect([window.size, known(window, 'quiet', 50)]).toEqual([100, 50])
  })

  it('takes back exactly the entry that it is given', () => {
    const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys: 100 })
    const [first, second] = [entry('a', 'same'), entry('a', 'same')]
    window.add(first, 0)
    window.add(second, 0)
    window.forget(first)
    expect([window.size, window.find(second.key, 0)]).toEqual([1, second])
    window.forget(second)
    expect(window.size).toBe(0)
  })

  it('holds no more than it may, and always knows the latest, for any names of a few tenants', () => {
    const step = fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      id: fc.nat(40),
      laterMs: fc.constantFrom(0, 0, 0, 1, 400),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 3, max: 20 }), (steps, maxKeys) => {
        const window = new DedupeWindow({ windowMs: WINDOW_MS, maxKeys })
        let nowMs = 0
        for (const { tenant, id, laterMs } of steps) {
          nowMs += laterMs
          const newest = entry(tenant, id, nowMs)
          window.add(newest, nowMs)
          const held = ['a', 'b', 'c'].map((each) => known(window, each, 41, nowMs))
          const sum = held.reduce((all, count) => all + count, 0)
          expect(sum).toBeLessThanOrEqual(window.size)
          expect(window.size).toBeLessThanOrEqual(maxKeys)
          expect(window.find(newest.key, nowMs)).toBe(newest)
        }
      }),
    )
  })
})
