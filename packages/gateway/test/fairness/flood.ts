/**
 * A sender that sends at its rate whatever is answered, in a process of its own: `flood.ts KEY PER_SECOND`.
 *
 * Each line of its input is a URL to send to from now on, or empty for nowhere; it says "sent" when all that it sent
 * before is answered. When its input ends it stops, and says how many requests had which status, by URL.
 */
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { CONNECTIONS } from './connections.ts'

/** Requests under way; when there are as many, what is due is not sent, for the server is the bottleneck. */
const MOST_UNDER_WAY = 256

const [key = '', perSecond = '0'] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
const body = JSON.stringify({ text: 'x'.repeat(150) })
const statuses: Record<string, Record<string, number>> = {}
const pools = new Map<string, Pool>()
let underWay = 0
let target = ''
let isOver = false

function poolOf(origin: string): Pool {
  const pool = pools.get(origin) ?? new Pool(origin, { connections: CONNECTIONS, pipelining: 1 })
  pools.set(origin, pool)
  return pool
}

async function send(url: string): Promise<void> {
  const { origin, pathname } = new URL(url)
  underWay++
  try {
    const reply = await poolOf(origin).request({ method: 'POST', path: pathname, headers, body })
    await reply.body.dump()
    const counts = statuses[url] ?? {}
    statuses[url] = counts
    counts[reply.statusCode] = (counts[reply.statusCode] ?? 0) + 1
  } finally {
    underWay--
  }
}

async function allAnswered(): Promise<void> {
  while (underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function aim(url: string): Promise<void> {
  target = ''
  await allAnswered()
  process.stdout.write('sent\n')
  target = url
}

createInterface({ input: process.stdin })
  .on('line', (url) => void aim(url))
  .on('close', () => {
    isOver = true
  })
process.stdout.write('ready\n')
let sentMs = performance.now()
while (!isOver) {
  const nowMs = performance.now()
  const due = target === '' ? 0 : Math.floor(((nowMs - sentMs) * Number(perSecond)) / 1000)
  sentMs = target === '' ? nowMs : sentMs + (due * 1000) / Number(perSecond)
  for (let i = 0; i < due && underWay < MOST_UNDER_WAY; i++) void send(target)
  await new Promise((resolve) => setTimeout(resolve, 1))
}
await allAnswered()
await Promise.all(Array.from(pools.values(), (pool) => pool.close()))
process.stdout.write(`${JSON.stringify(statuses)}\n`)
