/**
 * Example 16: Hono, a client's time budget, and a limit in shadow mode.
 *
 * The budget comes from the client's headers and is never above the server's
 * own; nonsense counts as none. In shadow mode the guard admits everything and
 * counts what it would have refused: for the first weeks of a new limit.
 *
 * Next: 17-telemetry.ts
 */
import { Hono } from 'hono'
import { RateLimiter } from 'spillway'
import { guard } from 'spillway/hono'

const guarded = guard({
  gate: new RateLimiter({ ratePerSecond: 0.1, burst: 2 }),
  budget: { maxMs: 1000 },
  shadow: true,
})

const app = new Hono<{ Variables: { budgetMs: number | undefined } }>()
app.use(guarded)
app.get('/', (c) => c.text(`${c.get('budgetMs')} ms`))

for (const timeout of ['250m', '2H', 'soon']) {
  const response = await app.request('/', { headers: { 'grpc-timeout': timeout } })
  console.log(`asked for ${timeout}: ${response.status}, ${await response.text()}`)
}
const { accepted, wouldRefuse } = guarded.stats()
console.log(`${accepted} accepted, would refuse`, wouldRefuse)

// Output:
// asked for 250m: 200, 250 ms
// asked for 2H: 200, 1000 ms
// asked for soon: 200, 1000 ms
// 3 accepted, would refuse { ERR_RATE_LIMITED: 1 }
