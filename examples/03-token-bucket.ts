/**
 * Example 3: a rate, and three ways to ask for it.
 *
 * The partner's interface takes five calls a second, and three at once after a
 * pause. `allow` answers now, for work that is dropped otherwise; `reserve`
 * answers when, for callers who plan; `wait` comes back when it is time, and
 * refuses at once when that would be too late.
 *
 * Time is virtual here, so that the program prints the same each time. Leave
 * the clock out and it is the real one.
 * Next: 04-a-limit-for-each-caller.ts
 */
import { isOverloadError, RateLimiter } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const limiter = new RateLimiter({ ratePerSecond: 5, burst: 3, clock })
const log = (line: string): void => console.log(`at ${clock.nowMs()} ms: ${line}`)

// Allow: the burst at once, then a token every 200 ms.
const answers = [1, 2, 3, 4].map(() => (limiter.allow() ? 'yes' : 'no'))
log(`allow: ${answers.join(', ')}`)
clock.advance(200)
log(`allow: ${limiter.allow() ? 'yes' : 'no'}`)

// Reserve: tokens of the future. What is not needed after all goes back.
const soon = limiter.reserve()
const later = limiter.reserve(2)
log(`reserve: use it in ${soon.delayMs} ms, the next two in ${later.delayMs} ms`)
later.cancel()
log(`cancelled: ${limiter.tokens} tokens, one is still owed`)

// Wait: first come, first served.
async function call(name: string, timeoutMs: number): Promise<void> {
  try {
    await limiter.wait({ timeoutMs })
    log(`wait: ${name} goes`)
  } catch (error) {
    if (!isOverloadError(error)) throw error
    log(`wait: ${name} is refused, ${error.code}, worth a try in ${error.retryAfterMs} ms`)
  }
}

const calls = [call('anna', 1000), call('ben', 1000), call('cleo', 300)]
await clock.advanceAsync(1000)
await Promise.all(calls)

const { accepted, refused, waiting } = limiter.stats()
log(`${accepted} accepted, ${refused.ERR_RATE_LIMITED} refused, ${waiting} waiting`)

// Output:
// at 0 ms: allow: yes, yes, yes, no
// at 200 ms: allow: yes
// at 200 ms: reserve: use it in 200 ms, the next two in 600 ms
// at 200 ms: cancelled: -1 tokens, one is still owed
// at 200 ms: wait: cleo is refused, ERR_RATE_LIMITED, worth a try in 500 ms
// at 600 ms: wait: anna goes
// at 800 ms: wait: ben goes
// at 1200 ms: 8 accepted, 2 refused, 0 waiting
