/**
 * Example 19: see it fail before it fails.
 *
 * The library runs on any clock. On a `VirtualClock` ten seconds of overload
 * take a moment, and are the same each time. Twice as much arrives as four
 * workers can do; callers wait 200 ms. The unbounded queue works all the time,
 * and nearly all of it for callers who have gone.
 * `npm run lab -- sim` does the same with nineteen policies, and draws it.
 *
 * Next: 20-limits-that-shed.ts
 */
import { ConcurrencyLimiter, type WaitOptions } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'

const PATIENCE_MS = 200
const WORK_MS = 20

function tenSeconds(maxWaiting: number, wait: WaitOptions): string {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const limiter = new ConcurrencyLimiter({
    limit: 4,
    maxWaiting,
    maxWaitMs: Number.POSITIVE_INFINITY,
    order: 'fifo',
    clock,
  })
  const counts = { inTime: 0, late: 0, refused: 0 }
  const arrive = (): void => {
    const arrivedMs = clock.nowMs()
    limiter.request(wait, {
      onAdmitted(permit) {
        clock.schedule(-Math.log(1 - random()) * WORK_MS, () => {
          permit.end()
          if (clock.nowMs() - arrivedMs <= PATIENCE_MS) counts.inTime++
          else counts.late++
        })
      },
      onRefused: () => counts.refused++,
      onAborted: () => counts.refused++,
    })
  }
  for (let atMs = 0; atMs < 10_000; atMs += 2.5) clock.schedule(atMs, arrive)
  clock.advanceTo(10_000)
  return `in time ${counts.inTime}, too late ${counts.late}, refused ${counts.refused}, waiting ${limiter.stats().waiting}`
}

console.log(`a queue without a bound: ${tenSeconds(Number.POSITIVE_INFINITY, {})}`)
console.log(`with a budget:           ${tenSeconds(1000, { finishWithinMs: PATIENCE_MS })}`)

// Output:
// a queue without a bound: in time 72, too late 1959, refused 0, waiting 1965
// with a budget:           in time 2000, too late 31, refused 1944, waiting 21
