/**
 * Example 15: an Express handler that enqueues, with 100 ms of patience.
 *
 * The handler of the backpressure chapter: 202 when the event has its place
 * in the queue, a clean 503 when it hasn't within its deadline. `sendRefusal`
 * answers for the queue's refusal, and leaves every other error alone.
 *
 * Next: 16-guard-hono.ts
 */
import type { AddressInfo } from 'node:net'
import express from 'express'
import { ConcurrencyLimiter, fixed, Processor } from 'spillway'
import { guard, sendRefusal } from 'spillway/express'

const processor = new Processor<string>({
  handle: () => new Promise(() => {}), // A consumer that hangs.
  capacity: 1,
  whenFull: 'block',
  concurrency: 1,
})

const app = express()
app.use(guard({ gate: new ConcurrencyLimiter({ limit: fixed(100), maxWaiting: 0 }) }), express.text())
app.post('/events', async (request, response) => {
  try {
    await processor.enqueue(request.body, { timeoutMs: 100 })
    response.sendStatus(202)
  } catch (error) {
    if (!sendRefusal(response, error)) throw error
  }
})

const server = app.listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
// A server that listens on a port has an address with one.
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

for (const event of ['first', 'second', 'third']) {
  const response = await fetch(`${origin}/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: event,
  })
  const type = response.headers.get('content-type')
  console.log(`${event}: ${response.status} ${type}, Retry-After: ${response.headers.has('retry-after')}`)
}
console.log(`${processor.stats().refused.ERR_WAIT_TIMEOUT} waited in vain`)
server.closeAllConnections()
server.close()

// Output:
// first: 202 text/plain; charset=utf-8, Retry-After: false
// second: 202 text/plain; charset=utf-8, Retry-After: false
// third: 503 application/problem+json, Retry-After: true
// 1 waited in vain
