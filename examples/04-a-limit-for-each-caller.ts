/**
 * Example 4: a limit for each caller, and one for all.
 *
 * Each API key gets ten calls a second. The number of keys that are
 * remembered is bounded, so that made-up keys cannot fill the memory; who can
 * make up keys is bounded by the limit for all, which comes first. A refusal
 * is a value that says whose fault it is and when to come back: a handler turns
 * it into 429 and `Retry-After`.
 *
 * Next: 05-a-handler-with-a-deadline.ts
 */
import { compose, KeyedRateLimiter, RateLimiter } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const all = new RateLimiter({ ratePerSecond: 1000, burst: 5000, clock })
const each = new KeyedRateLimiter({ ratePerSecond: 10, burst: 20, maxKeys: 100, clock })
const limits = compose(all, each)

function handle(key: string): string {
  const answer = limits.tryEnter({ key })
  if (!answer.admitted)
    return `${answer.code}, the ${answer.scope}'s fault, back in ${answer.retryAfterMs} ms`
  answer.end()
  return 'served'
}

// A greedy caller uses up its own limit and nobody else's.
for (let i = 0; i < 20; i++) handle('greedy')
console.log(`greedy: ${handle('greedy')}`)
console.log(`polite: ${handle('polite')}`)

// It makes up a thousand keys, to have its own forgotten. The flood evicts its own members.
for (let i = 0; i < 1000; i++) handle(`made-up-${i}`)
console.log(`greedy: ${handle('greedy')}`)
const { keys, evicted, forgivenTokens } = each.stats()
console.log(`${keys} keys remembered, ${evicted} evicted, ${forgivenTokens} tokens forgiven`)

// Who comes back at the time that was named is served.
clock.advance(100)
console.log(`greedy: ${handle('greedy')}`)

// When its bucket is full again a key is forgotten, and nothing is lost.
clock.advance(2000)
handle('newcomer')
console.log(`forgotten without loss: ${each.stats().forgotten}`)

// Output:
// greedy: ERR_RATE_LIMITED, the client's fault, back in 100 ms
// polite: served
// greedy: ERR_RATE_LIMITED, the client's fault, back in 100 ms
// 100 keys remembered, 902 evicted, 902 tokens forgiven
// greedy: served
// forgotten without loss: 1
