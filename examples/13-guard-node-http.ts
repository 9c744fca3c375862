/**
 * Example 13: a node:http server that says no before it reads a body.
 *
 * Two requests may be worked on at a time. The third is refused on its
 * headers: 503, when to come back, and that nothing was started. The health
 * probe is exempt, so that an overloaded server isn't taken for a dead one.
 *
 * Next: 14-guard-fastify.ts
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConcurrencyLimiter, fixed } from 'spillway'
import { guard } from 'spillway/node'

const guarded = guard({
  gate: new ConcurrencyLimiter({ limit: fixed(2), maxWaiting: 0 }),
  exempt: ({ url }) => url === '/livez',
})

const held: (() => void)[] = []
const server = createServer(
  guarded((request, response) => {
    if (request.url === '/livez') response.end('alive')
    else held.push(() => response.end('done'))
  }),
)
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
// A server that listens on a port has an address with one.
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const slow = [fetch(origin), fetch(origin)]
while (held.length < 2) await new Promise((resolve) => setImmediate(resolve))

const refused = await fetch(origin, { method: 'POST', body: 'x'.repeat(1000) })
// The problem document of the reference page for errors.
const { code, started } = (await refused.json()) as { code: string; started: boolean }
const retryAfterS = Number(refused.headers.get('retry-after'))
console.log(`third request: ${refused.status} ${code}, started: ${started}`)
console.log(`come back in 1 to 3 seconds: ${retryAfterS >= 1 && retryAfterS <= 3}`)
console.log(`probe: ${(await fetch(`${origin}/livez`)).status}`)

for (const answer of held) answer()
for (const response of await Promise.all(slow)) console.log(`slow request: ${response.status}`)

const { received, accepted, exempt } = guarded.stats()
console.log(`${received} received, ${accepted} accepted, ${exempt} exempt`)
server.closeAllConnections()
server.close()

// Output:
// third request: 503 ERR_CONCURRENCY_LIMITED, started: false
// come back in 1 to 3 seconds: true
// probe: 200
// slow request: 200
// slow request: 200
// 3 received, 2 accepted, 1 exempt
