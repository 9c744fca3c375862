/**
 * A sender that sends at its rate whatever is answered, in a process of its own: `flood.ts URL KEY PER_SECOND`.
 *
 * Says "flooding" when it begins. When its input ends it stops, and says how many requests had which status.
 */
import { Pool } from 'undici'

/** Requests under way; when there are as many, what is due is not sent, for the server is the bottleneck. */
const MOST_UNDER_WAY = 256
const CONNECTIONS = 64

const [url = '', key = '', perSecond = '0'] = process.argv.slice(2)
const { origin, pathname } = new URL(url)
const pool = new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
const body = JSON.stringify({ text: 'x'.repeat(150) })
const statuses: Record<string, number> = {}
let underWay = 0
let isOver = false

async function send(): Promise<void> {
  underWay++
  try {
    const reply = await pool.request({ method: 'POST', path: pathname, headers, body })
    await reply.body.dump()
    const status = String(reply.statusCode)
    statuses[status] = (statuses[status] ?? 0) + 1
  } finally {
    underWay--
  }
}

process.stdin.resume().on('end', () => {
  isOver = true
})
process.stdout.write('flooding\n')
const startMs = performance.now()
for (let due = 0; !isOver; ) {
  for (const until = ((performance.now() - startMs) * Number(perSecond)) / 1000; due < until; due++) {
    if (underWay < MOST_UNDER_WAY) void send()
  }
  await new Promise((resolve) => setTimeout(resolve, 1))
}
await pool.close()
process.stdout.write(`${JSON.stringify(statuses)}\n`)
