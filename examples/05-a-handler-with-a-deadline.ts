/**
 * Example 5: a request handler that answers 202, or a clean 503.
 *
 * Events are handed to a bounded queue with two workers. The handler waits
 * for a place as long as its client has patience, here 100 ms, and then says
 * no: with a code, a status, and the time of the next place.
 *
 * Next: 06-a-rate-limited-processor.ts
 */
import { isOverloadError, Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()

const processor = new Processor<string>({
  handle: () => new Promise<void>((resolve) => clock.schedule(60, resolve)),
  capacity: 2,
  whenFull: 'block',
  concurrency: 2,
  clock,
})

async function answer(event: string): Promise<void> {
  const askedMs = clock.nowMs()
  try {
    await processor.enqueue(event, { timeoutMs: 100 })
    console.log(`${event}: 202 after ${clock.nowMs() - askedMs} ms`)
  } catch (error) {
    if (!isOverloadError(error)) throw error
    console.log(`${event}: ${error.httpStatus} ${error.code} after ${clock.nowMs() - askedMs} ms`)
  }
}

// Nine events in the same instant. Two start, two are queued, five wait for a place.
const answers = Array.from({ length: 9 }, (_, i) => answer(`event ${i + 1}`))
await clock.advanceAsync(1000)
await Promise.all(answers)

const { received, accepted, delivered, refused } = processor.stats()
console.log(
  `${received} received = ${accepted} accepted + ${refused.ERR_WAIT_TIMEOUT} refused; ${delivered} delivered`,
)

// Output:
// event 1: 202 after 0 ms
// event 2: 202 after 0 ms
// event 3: 202 after 0 ms
// event 4: 202 after 0 ms
// event 5: 202 after 60 ms
// event 6: 202 after 60 ms
// event 7: 503 ERR_WAIT_TIMEOUT after 100 ms
// event 8: 503 ERR_WAIT_TIMEOUT after 100 ms
// event 9: 503 ERR_WAIT_TIMEOUT after 100 ms
// 9 received = 6 accepted + 3 refused; 6 delivered
