/**
 * Example 1: a queue of deliberate size.
 *
 * A producer is faster than its consumer. The channel between them holds three
 * events, and that is a decision: more would only be waited for longer. When it
 * is full a send waits, and the wait is the signal to slow down; a producer
 * that cannot wait gives up after its patience, and knows it.
 *
 * Next: 02-select.ts
 */
import { Channel, isOverloadError } from 'spillway'

interface Event {
  readonly id: number
}

const events = new Channel<Event>({ capacity: 3 })

async function offer(id: number, patienceMs: number): Promise<void> {
  try {
    await events.send({ id }, { timeoutMs: patienceMs })
    console.log(`event ${id}: queued`)
  } catch (error) {
    if (!isOverloadError(error)) throw error
    console.log(`event ${id}: given up, ${error.code}, answer ${error.httpStatus}`)
  }
}

// Nobody consumes yet: three events find a place, the fourth waits in vain.
for (const id of [1, 2, 3, 4]) await offer(id, 20)
console.log(`${events.size} of ${events.capacity} places taken`)

// A fifth producer is patient. Its caller may go away, too: then its signal takes the wait back.
const caller = new AbortController()
const gone = events.send({ id: 5 }, { signal: caller.signal })
caller.abort(new Error('the client hung up'))
await gone.catch((error: Error) => console.log(`event 5: given up, ${error.message}`))

const patient = offer(6, 1000)
console.log(`${events.waitingSenders} producer waits for a place`)

// The consumer ranges over the channel. Each event it takes makes room for one that waits.
const consumer = (async () => {
  for await (const { id } of events) console.log(`event ${id}: consumed`)
  console.log('closed and drained')
})()

await patient
events.close()
await consumer

// Output:
// event 1: queued
// event 2: queued
// event 3: queued
// event 4: given up, ERR_WAIT_TIMEOUT, answer 503
// 3 of 3 places taken
// event 5: given up, the client hung up
// 1 producer waits for a place
// event 6: queued
// event 1: consumed
// event 2: consumed
// event 3: consumed
// event 6: consumed
// closed and drained
