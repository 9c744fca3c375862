import { getEventListeners } from 'node:events'
import { describe, expect, expectTypeOf, it, vi } from 'vitest'
import { OverloadError } from '../errors/overload-error.ts'
import { OptionError } from '../options/option-error.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { type Attempt, type RetryCallOptions, retry } from './retry.ts'
import { parseRetryAfter } from './retry-after.ts'
import { RetryBudget } from './retry-budget.ts'

const full = (retryAfterMs?: number) => new OverloadError('ERR_QUEUE_FULL', 'full', { retryAfterMs })

/** Work that fails with the given errors, one after the other, and then succeeds. */
function failing(clock: VirtualClock, errors: readonly unknown[]) {
  const startedAtMs: number[] = []
  const attempts: Attempt[] = []
  const work = (attempt: Attempt): string => {
    startedAtMs.push(clock.nowMs())
    attempts.push(attempt)
    if (startedAtMs.length <= errors.length) throw errors[startedAtMs.length - 1]
    return 'done'
  }
  return { work, startedAtMs, attempts }
}

async function settle(clock: VirtualClock, options: RetryCallOptions, errors: readonly unknown[]) {
  const task = failing(clock, errors)
  const outcome = retry(task.work, { clock, backoff: (attempt) => attempt * 10, ...options }).catch(
    (e: unknown) => e,
  )
  await clock.advanceAsync(100_000)
  return { ...task, outcome: await outcome }
}

describe('retry', () => {
  it('returns the first success, having waited for the backoff after each failure', async () => {
    const { outcome, startedAtMs } = await settle(new VirtualClock(), {}, [full(), full()])
    expect(outcome).toBe('done')
    expect(startedAtMs).toEqual([0, 10, 30])
  })

  it('throws the last error after three attempts', async () => {
    const errors = [full(), full(), full()]
    const { outcome, startedAtMs } = await settle(new VirtualClock(), {}, errors)
    expect(outcome).toBe(errors[2])
    expect(startedAtMs).toHaveLength(3)
  })

  it('does not come back before the time that the refuser named, and adds its own jitter', async () => {
    const { startedAtMs } = await settle(new VirtualClock(), {}, [full(500)])
    expect(startedAtMs).toEqual([0, 510])
  })

  it('reads that time by a hook from other errors', async () => {
    const options = {
      isRetryable: () => true,
      retryAfterMs: (error: unknown) => parseRetryAfter(String(error), 0),
    }
    const { startedAtMs } = await settle(new VirtualClock(), options, ['2'])
    expect(startedAtMs).toEqual([0, 2010])
  })

  it.each([
    ["the work's own failure", new TypeError('bug')],
    ['a refusal that can never pass', new OverloadError('ERR_COST_EXCEEDS_BURST', 'too large')],
  ])('does not try again after %s', async (_what, error) => {
    const { outcome, startedAtMs } = await settle(new VirtualClock(), {}, [error])
    expect(outcome).toBe(error)
    expect(startedAtMs).toEqual([0])
  })

  it('starts nothing that could not be in time, and passes the remainder on to each attempt', async () => {
    const { outcome, attempts } = await settle(new VirtualClock(), { finishWithinMs: 30 }, [full(), full()])
    expect(outcome).toMatchObject({ code: 'ERR_QUEUE_FULL' })
    expect(attempts.map(({ attempt, remainingMs }) => [attempt, remainingMs])).toEqual([
      [1, 30],
      [2, 20],
    ])
  })

  it('starts nothing after its time, also when the event loop was blocked while it waited', async () => {
    const clock = new VirtualClock()
    const error = full()
    const { work, startedAtMs } = failing(clock, [error])
    const outcome = retry(work, { clock, backoff: () => 10, finishWithinMs: 30 }).catch((e: unknown) => e)
    await promisesSettled()
    clock.step(30)
    await clock.advanceAsync(0)
    expect(await outcome).toBe(error)
    expect(startedAtMs).toEqual([0])
  })

  it('gains no time from a clock that steps back', async () => {
    const time = new VirtualClock(1000)
    let offsetMs = 0
    const schedule = time.schedule.bind(time)
    const clock = { nowMs: () => time.nowMs() + offsetMs, schedule }
    const { work, attempts } = failing(time, [full(), full()])
    const outcome = retry(work, { clock, backoff: () => 10, finishWithinMs: 100 })
    await time.advanceAsync(10)
    offsetMs = -1000
    await time.advanceAsync(10)
    expect(await outcome).toBe('done')
    expect(attempts.map(({ remainingMs }) => remainingMs)).toEqual([100, 90, 90])
  })

  it('does not wait longer than maxDelayMs, whatever the refuser named', async () => {
    const { outcome, startedAtMs } = await settle(new VirtualClock(), {}, [full(60_000)])
    expect(outcome).toMatchObject({ code: 'ERR_QUEUE_FULL', retryAfterMs: 60_000 })
    expect(startedAtMs).toEqual([0])
  })

  it('stops when the budget is empty', async () => {
    const clock = new VirtualClock()
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, clock })
    const { startedAtMs } = await settle(clock, { budget }, [full(), full()])
    expect(startedAtMs).toEqual([0, 10])
    expect(budget.stats()).toEqual({ requests: 1, retries: 1, denied: 1 })
  })

  it('takes nothing from the budget for a retry that will not be sent', async () => {
    const clock = new VirtualClock()
    const budget = new RetryBudget({ clock })
    await settle(clock, { budget, finishWithinMs: 5 }, [full()])
    await settle(clock, { budget, attempts: 1 }, [full()])
    expect(budget.stats()).toEqual({ requests: 2, retries: 0, denied: 0 })
  })

  it('gives up between two attempts when its signal aborts, and leaves neither timer nor listener', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const [add, remove] = (['addEventListener', 'removeEventListener'] as const).map((method) =>
      vi.spyOn(controller.signal, method),
    )
    const { work, startedAtMs } = failing(clock, [full(), full()])
    const outcome = retry(work, { clock, backoff: () => 10, signal: controller.signal }).catch(
      (e: unknown) => e,
    )
    await clock.advanceAsync(15)
    controller.abort('enough')
    expect(await outcome).toBe('enough')
    expect(startedAtMs).toEqual([0, 10])
    expect(clock.pending).toBe(0)
    expect(remove).toHaveBeenCalledTimes(add!.mock.calls.length)
  })

  it('gives up at once when its signal is aborted by a function that it calls', async () => {
    const calls = ['isRetryable', 'retryAfterMs', 'backoff', 'onRetry'] as const
    for (const name of calls) {
      const clock = new VirtualClock()
      const leaving = new AbortController()
      const answers = { isRetryable: true, retryAfterMs: 0, backoff: 10, onRetry: undefined }
      const leave = (): never => {
        leaving.abort('left')
        return answers[name] as never
      }
      const { work, startedAtMs } = failing(clock, [full(), full()])
      const outcome = retry(work, { clock, signal: leaving.signal, [name]: leave }).catch((e: unknown) => e)
      await promisesSettled()
      expect([name, clock.pending, await outcome, startedAtMs]).toEqual([name, 0, 'left', [0]])
      expect(getEventListeners(leaving.signal, 'abort')).toEqual([])
    }
  })

  it('starts nothing when its signal aborts in the moment in which the pause ends', async () => {
    const clock = new VirtualClock()
    const leaving = new AbortController()
    const { work, startedAtMs } = failing(clock, [full(), full()])
    const outcome = retry(work, { clock, backoff: () => 10, signal: leaving.signal }).catch((e: unknown) => e)
    await promisesSettled()
    clock.advance(10)
    leaving.abort('enough')
    expect(await outcome).toBe('enough')
    expect(startedAtMs).toEqual([0])
  })

  it('listens to a signal once, however many wait on it', async () => {
    const clock = new VirtualClock()
    const controller = new AbortController()
    const add = vi.spyOn(controller.signal, 'addEventListener')
    const tasks = Array.from({ length: 50 }, () => {
      const { work } = failing(clock, [full()])
      return retry(work, { clock, backoff: () => 10, signal: controller.signal }).catch((e: unknown) => e)
    })
    await clock.advanceAsync(5)
    controller.abort('enough')
    expect(new Set(await Promise.all(tasks))).toEqual(new Set(['enough']))
    expect(add).toHaveBeenCalledTimes(1)
  })

  it('touches nothing when its signal was aborted before', async () => {
    const clock = new VirtualClock()
    const { work, startedAtMs } = failing(clock, [])
    await expect(retry(work, { clock, signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect(startedAtMs).toEqual([])
  })

  it('tells of each retry before it waits', async () => {
    const onRetry = vi.fn()
    const error = full(100)
    await settle(new VirtualClock(), { onRetry }, [error])
    expect(onRetry.mock.calls).toEqual([[error, { attempt: 2, delayMs: 110 }]])
  })

  it('refuses a backoff that answers with no number, and wrong options', async () => {
    const { outcome } = await settle(new VirtualClock(), { backoff: () => Number.NaN }, [full()])
    expect(outcome).toBeInstanceOf(OptionError)
    await expect(retry(() => 1, { attempts: 0 })).rejects.toThrow('retry: option "attempts"')
  })

  it('has the type of its work', () => {
    expectTypeOf(retry(() => 1)).toEqualTypeOf<Promise<number>>()
    expectTypeOf(retry(async () => 'x')).toEqualTypeOf<Promise<string>>()
  })
})

describe('parseRetryAfter', () => {
  const wallMs = Date.UTC(2026, 0, 1, 12, 0, 0)
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 3 ', 3000],
    ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
    ['Thu Jan  1 12:00:30 2026', 30_000],
    ['Thu, 01 Jan 2026 12:00:30 +0200', undefined],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026-01-01', undefined],
    ['', undefined],
    [null, undefined],
  ])('reads %j as %s ms', (value, expected) => {
    expect(parseRetryAfter(value, wallMs)).toBe(expected)
  })
})
