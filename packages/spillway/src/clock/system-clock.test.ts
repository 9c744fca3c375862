import { afterEach, describe, expect, it, vi } from 'vitest'
import { MAX_TIMER_MS, systemClock } from './system-clock.ts'

// These tests wait for real milliseconds: the real clock is their subject.

describe('the system clock', () => {
  it('reads monotonic milliseconds with fractions', () => {
    const readings = Array.from({ length: 1000 }, () => systemClock.nowMs())
    expect(readings.every((reading, i) => i === 0 || reading >= (readings[i - 1] ?? 0))).toBe(true)
    expect(readings.some((reading) => !Number.isInteger(reading))).toBe(true)
  })

  it.each([0.2, 1.4, 10.4, 25])('never calls back before %s ms have passed', async (delayMs) => {
    const startMs = systemClock.nowMs()
    const calledMs = await Promise.all(
      Array.from({ length: 20 }, () => {
        return new Promise<number>((resolve) => {
          systemClock.schedule(delayMs, () => resolve(systemClock.nowMs()))
        })
      }),
    )
    expect(Math.min(...calledMs) - startMs).toBeGreaterThanOrEqual(delayMs)
  })

  it.each([0, -5, -Infinity])(
    'calls back soon, but never synchronously, for a delay of %s',
    async (delayMs) => {
      let called = false
      const calling = new Promise<void>((resolve) => {
        systemClock.schedule(delayMs, () => {
          called = true
          resolve()
        })
      })
      expect(called).toBe(false)
      await calling
      expect(called).toBe(true)
    },
  )

  it('does not call back after it was taken back, however often', async () => {
    let calls = 0
    const cancel = systemClock.schedule(5, () => calls++)
    cancel()
    cancel()
    await new Promise<void>((resolve) => systemClock.schedule(20, resolve))
    expect(calls).toBe(0)
  })

  it('bears to be taken back after it called', async () => {
    let cancel = (): void => {}
    await new Promise<void>((resolve) => {
      cancel = systemClock.schedule(1, resolve)
    })
    expect(cancel).not.toThrow()
  })

  it.each([Number.POSITIVE_INFINITY, MAX_TIMER_MS + 1, 2 ** 40, Number.MAX_VALUE])(
    'does not fire at once, nor warn, for a delay of %s ms',
    async (delayMs) => {
      const warnings: string[] = []
      const onWarning = (warning: Error): void => {
        warnings.push(warning.name)
      }
      process.on('warning', onWarning)
      let called = false
      const cancel = systemClock.schedule(delayMs, () => {
        called = true
      })
      await new Promise<void>((resolve) => systemClock.schedule(20, resolve))
      cancel()
      process.off('warning', onWarning)
      expect({ called, warnings }).toEqual({ called: false, warnings: [] })
    },
  )
})

describe('the system clock, for waits that no timer keeps', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Timers that are moved by hand, and a `performance.now` that moves with them. */
  function useFakeTime(): void {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 })
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now())
  }

  it('waits on when its timer fires early, as Node’s do by up to a millisecond', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000)
    let calls = 0
    systemClock.schedule(10, () => calls++)
    now.mockReturnValue(1009.6)
    vi.advanceTimersByTime(10)
    expect(calls).toBe(0)
    now.mockReturnValue(1010.6)
    vi.advanceTimersByTime(1)
    expect(calls).toBe(1)
  })

  it.each([MAX_TIMER_MS, MAX_TIMER_MS + 0.5, 2 ** 31, 2.5 * 2 ** 31, 5 * 2 ** 31])(
    'waits %s ms, in steps, and not a millisecond less',
    (delayMs) => {
      useFakeTime()
      let calls = 0
      systemClock.schedule(delayMs, () => calls++)
      vi.advanceTimersByTime(Math.ceil(delayMs) - 1)
      expect(calls).toBe(0)
      vi.advanceTimersByTime(2)
      expect(calls).toBe(1)
      vi.advanceTimersByTime(2 ** 33)
      expect(calls).toBe(1)
    },
  )

  it('can be taken back after its first step', () => {
    useFakeTime()
    let calls = 0
    const cancel = systemClock.schedule(3 * MAX_TIMER_MS, () => calls++)
    vi.advanceTimersByTime(1.5 * MAX_TIMER_MS)
    cancel()
    vi.advanceTimersByTime(5 * MAX_TIMER_MS)
    expect(calls).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })
})
