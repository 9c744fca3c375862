/**
 * Example 12: try again, but not all at once, and not without end.
 *
 * A service refuses everything for five seconds. A hundred clients a second
 * call it, and each tries up to three times. Without a budget their retries
 * triple the load; with one, they add a tenth.
 *
 * Time is virtual here, so the program prints the same on every machine.
 */
import { fullJitterBackoff, OverloadError, RetryBudget, retry } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'

async function outage(budgeted: boolean): Promise<string> {
  const clock = new VirtualClock()
  const budget = budgeted ? new RetryBudget({ ratio: 0.1, clock }) : undefined
  const backoff = fullJitterBackoff({ baseMs: 100, maxMs: 2000, random: seededRandom(1) })
  let [attempts, answered] = [0, 0]
  const call = (): void => {
    attempts++
    // The refusal says when to come back: no attempt is made before.
    if (clock.nowMs() < 5000) throw new OverloadError('ERR_SHED', 'no room', { retryAfterMs: 200 })
    answered++
  }
  for (let client = 0; client < 500; client++) {
    retry(call, { attempts: 3, backoff, budget, clock }).catch(() => {})
    await clock.advanceAsync(10)
  }
  await clock.advanceAsync(10_000)
  return `500 requests, ${attempts} attempts, ${answered} answered`
}

console.log(`without a budget: ${await outage(false)}`)
console.log(`with a budget:    ${await outage(true)}`)

// One call in detail: the delay is the refuser's, and a draw on top of it.
const clock = new VirtualClock()
const backoff = fullJitterBackoff({ baseMs: 100, maxMs: 2000, random: () => 0.5 })
const result = retry(
  ({ attempt, remainingMs }) => {
    console.log(`attempt ${attempt} at ${clock.nowMs()} ms, ${remainingMs} ms left`)
    if (attempt < 3) throw new OverloadError('ERR_QUEUE_FULL', 'full', { retryAfterMs: 300 })
    return 'done'
  },
  { backoff, finishWithinMs: 2000, clock },
)
await clock.advanceAsync(2000)
console.log(await result)

// Output:
// without a budget: 500 requests, 1475 attempts, 54 answered
// with a budget:    500 requests, 560 attempts, 3 answered
// attempt 1 at 0 ms, 2000 ms left
// attempt 2 at 350 ms, 1650 ms left
// attempt 3 at 750 ms, 1250 ms left
// done
