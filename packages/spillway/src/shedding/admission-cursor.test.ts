import { describe, expect, it } from 'vitest'
import { AdmissionCursor } from './admission-cursor.ts'

const TARGET_MS = 20
const WINDOW_MS = 50

/** A cursor, and windows that end with how long work queued. */
function room(levels: number) {
  const cursor = new AdmissionCursor({ targetWaitMs: TARGET_MS, windowMs: WINDOW_MS, levels })
  let nowMs = 0
  const window = (arrivals: readonly number[], completed: number, waitedMs: number): void => {
    for (const [level, count] of arrivals.entries()) {
      for (let i = 0; i < count; i++) cursor.arrives(level, nowMs)
    }
    for (let i = 0; i < completed; i++) cursor.completes(nowMs)
    cursor.waited(waitedMs, nowMs)
    nowMs += WINDOW_MS
  }
  /** Closes the last window, and tells where the line is. */
  const line = (): number => {
    cursor.waited(waitedLong, nowMs)
    return cursor.cursor
  }
  const waitedLong = TARGET_MS + 1
  return { cursor, window, line, waitedLong }
}

describe('AdmissionCursor', () => {
  it('draws the line where what completes has been used up', () => {
    const { window, line, waitedLong } = room(4)
    window([10, 10, 10, 10], 25, waitedLong)
    expect(line()).toBe(2)
  })

  it('admits the highest level whatever happens, so that a recovery is noticed', () => {
    const { window, line } = room(4)
    for (let i = 0; i < 20; i++) window([300, 0, 0, 0], 0, 10_000)
    expect(line()).toBe(1)
  })

  it('does not count what was admitted and never started', () => {
    const { cursor, window, line, waitedLong } = room(3)
    for (let i = 0; i < 100; i++) cursor.arrives(1, 0)
    for (let i = 0; i < 100; i++) cursor.takesBack(1)
    window([10, 0, 10], 30, waitedLong)
    expect(line()).toBe(3)
  })

  it('has nothing to take back of a window that is over', () => {
    const { cursor, window, line, waitedLong } = room(3)
    for (let i = 0; i < 30; i++) {
      window([0, 10, 10], 12, waitedLong)
      for (let j = 0; j < 10; j++) cursor.takesBack(0)
    }
    expect(line()).toBe(2)
  })

  it.each([Number.NaN, -1e9, 0])('counts a wait of %s as none', (waitedMs) => {
    const { cursor, window, line } = room(2)
    window([10, 10], 10, waitedMs)
    line()
    expect([cursor.meanWaitMs, cursor.cursor]).toEqual([0, 2])
  })
})
