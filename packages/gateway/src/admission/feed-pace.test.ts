import { RateLimiter } from 'spillway'
import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { type PacedRate, paceOf } from './feed-pace.ts'
import { bookDebt } from './tenant-rate.ts'

const clock = new VirtualClock()

function rate(ratePerSecond: number, burst: number): PacedRate {
  const limiter = new RateLimiter({ ratePerSecond, burst, clock })
  return { burst, enter: () => limiter.tryEnter(), book: (events) => bookDebt(limiter, events) }
}

/** Milliseconds of virtual time until it is done. */
async function elapsed(task: Promise<void>): Promise<number> {
  const startMs = clock.nowMs()
  let isDone = false
  const watched = task.then(() => {
    isDone = true
  })
  for (;;) {
    for (let i = 0; i < 20; i++) await Promise.resolve()
    if (isDone) break
    clock.advance(10)
  }
  await watched
  return clock.nowMs() - startMs
}

const never = new AbortController().signal

it('takes as many events a second as the rate allows, whatever the batches, and no more', async () => {
  const pace = paceOf([rate(100, 50)], clock)
  expect(pace.maxBatch).toBe(50)
  const tookMs = await elapsed(
    (async () => {
      for (const batch of [50, 10, 50, 1, 39, 50, 1]) await pace.wait(batch, never)
    })(),
  )
  // 200 events before the last one, of which 50 were there.
  expect(tookMs).toBe(1510)
})

it('keeps to the slowest of several rates', async () => {
  const pace = paceOf([rate(1000, 100), rate(10, 1)], clock)
  expect(pace.maxBatch).toBe(1)
  await pace.wait(1, never)
  expect(await elapsed(pace.wait(1, never))).toBe(100)
})

it('stops waiting when it is told to', async () => {
  const pace = paceOf([rate(0.001, 1)], clock)
  await pace.wait(1, never)
  const controller = new AbortController()
  const waiting = pace.wait(1, controller.signal)
  controller.abort('gone')
  await expect(waiting).rejects.toBe('gone')
})

it('holds nothing back without a rate', async () => {
  const pace = paceOf([])
  expect(pace.maxBatch).toBe(Number.POSITIVE_INFINITY)
  await pace.wait(1_000_000, never)
})
