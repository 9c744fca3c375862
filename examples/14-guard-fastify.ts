/**
 * Example 14: a Fastify service with a quota for each caller.
 *
 * The guard is a plugin: what registers it is guarded, whole. A caller over
 * its quota gets 429 and is told of the quota in the RateLimit fields; the
 * others don't notice. The key is made by the server from what it trusts.
 *
 * Next: 15-guard-express.ts
 */
import { fastify } from 'fastify'
import { KeyedRateLimiter } from 'spillway'
import { guard } from 'spillway/fastify'

const app = fastify()
const guarded = guard({
  gate: new KeyedRateLimiter({ ratePerSecond: 0.1, burst: 2, maxKeys: 1000 }),
  key: ({ headers }) => String(headers['x-caller'] ?? 'unknown'),
  policy: { name: 'per-caller', quota: 2, windowS: 20 },
})
await app.register(guarded)
app.post('/events', async (_, reply) => reply.code(202).send())

const origin = await app.listen({ port: 0, host: '127.0.0.1' })
for (const caller of ['ann', 'ann', 'ann', 'bob']) {
  const { status, headers } = await fetch(`${origin}/events`, {
    method: 'POST',
    headers: { 'x-caller': caller },
  })
  console.log(`${caller}: ${status} ${headers.get('ratelimit-policy') ?? ''}`)
}
console.log(guarded.stats().refused)
await app.close()

// Output:
// ann: 202
// ann: 202
// ann: 429 "per-caller";q=2;w=20
// bob: 202
// { ERR_RATE_LIMITED: 1 }
