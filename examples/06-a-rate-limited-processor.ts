/**
 * Example 6: a processor that starts work at a rate the thing below can take.
 *
 * The workers could do more, but the API behind them allows ten calls a
 * second with bursts of three. What comes faster fills the queue; what would
 * wait too long is refused on arrival, not after the wait.
 *
 * Next: 07-count-what-you-drop.ts
 */
import { Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const started: number[] = []

const processor = new Processor<number>({
  handle: () => {
    started.push(clock.nowMs())
  },
  capacity: 5,
  whenFull: 'block',
  concurrency: 4,
  startRate: { ratePerSecond: 10, burst: 3 },
  clock,
})

const asks = Array.from({ length: 12 }, (_, call) =>
  processor.enqueue(call, { timeoutMs: 250 }).then(
    () => `accepted at ${clock.nowMs()} ms`,
    (error: { code: string; retryAfterMs: number }) => `${error.code}, come back in ${error.retryAfterMs} ms`,
  ),
)
await clock.advanceAsync(2000)
for (const [call, outcome] of (await Promise.all(asks)).entries()) console.log(`call ${call}: ${outcome}`)
console.log(`started at ${started.join(', ')} ms`)

// Output:
// call 0: accepted at 0 ms
// call 1: accepted at 0 ms
// call 2: accepted at 0 ms
// call 3: accepted at 0 ms
// call 4: accepted at 0 ms
// call 5: accepted at 0 ms
// call 6: accepted at 0 ms
// call 7: accepted at 0 ms
// call 8: accepted at 100 ms
// call 9: accepted at 200 ms
// call 10: ERR_BUDGET_UNREACHABLE, come back in 50 ms
// call 11: ERR_BUDGET_UNREACHABLE, come back in 50 ms
// started at 0, 0, 0, 100, 200, 300, 400, 500, 600, 700 ms
