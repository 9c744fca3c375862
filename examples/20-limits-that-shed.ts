/**
 * Example 20: a limit that parks everyone sheds nothing.
 *
 * Twenty calls a second come for a partner that takes ten, and a client waits
 * half a second. Parked in `wait` without a bound they form a queue without a
 * name: everyone is served, nearly all too late. With its patience as the bound
 * a call that cannot go in time is told so at once, with the time to come back.
 * Before a queue that is deep already nobody is let in to wait at all.
 *
 * Time is virtual, so that the program prints the same each time.
 * Next: 21-read-no-faster-than-you-work.ts
 */
import { isOverloadError, Processor, RateLimiter, type RateWaitOptions } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const PATIENCE_MS = 500

async function tenSeconds(maxWaiting: number, wait: RateWaitOptions): Promise<string> {
  const clock = new VirtualClock()
  const partner = new RateLimiter({ ratePerSecond: 10, burst: 1, maxWaiting, clock })
  const counts = { inTime: 0, late: 0 }
  const call = async (): Promise<void> => {
    const cameMs = clock.nowMs()
    await partner.wait(wait)
    if (clock.nowMs() - cameMs <= PATIENCE_MS) counts.inTime++
    else counts.late++
  }
  const refused = (error: unknown): void => {
    if (!isOverloadError(error)) throw error
  }
  for (let atMs = 0; atMs < 10_000; atMs += 50) clock.schedule(atMs, () => void call().catch(refused))
  await clock.advanceAsync(10_000)
  const { refused: told, waiting } = partner.stats()
  return `in time ${counts.inTime}, too late ${counts.late}, told no ${told.ERR_RATE_LIMITED}, parked ${waiting}`
}

console.log(`parked:  ${await tenSeconds(Number.POSITIVE_INFINITY, {})}`)
console.log(`bounded: ${await tenSeconds(1024, { timeoutMs: PATIENCE_MS })}`)

// A handler in front of a queue: while it is short a caller may wait for a token, once it is deep it takes one or leaves.
const clock = new VirtualClock()
const limit = new RateLimiter({ ratePerSecond: 10, burst: 2, clock })
const jobs = new Processor<number>({
  handle: () => new Promise<void>((resolve) => clock.schedule(400, resolve)),
  capacity: 10,
  whenFull: 'block',
  concurrency: 1,
  shedAboveDepth: 5, // from here on nobody waits for a place, whatever `whenFull` says
  clock,
})

async function answer(id: number): Promise<string> {
  try {
    const isDeep = jobs.stats().queued >= 3
    if (isDeep && !limit.allow()) return `${id}: 429`
    if (!isDeep) await limit.wait({ timeoutMs: 100 })
    await jobs.enqueue(id, { timeoutMs: 100 })
    return `${id}: 202`
  } catch (error) {
    if (!isOverloadError(error)) throw error
    return `${id}: ${error.httpStatus}, ${error.code}`
  }
}

for (let id = 1; id <= 12; id++) {
  const answered = answer(id)
  await clock.advanceAsync(60)
  console.log(await answered)
}

// Output:
// parked:  in time 11, too late 90, told no 0, parked 99
// bounded: in time 101, too late 0, told no 95, parked 4
// 1: 202
// 2: 202
// 3: 202
// 4: 202
// 5: 429
// 6: 202
// 7: 429
// 8: 202
// 9: 429
// 10: 202
// 11: 503, ERR_SHED
// 12: 429
