/**
 * Question: what does Fastify 5 cost, beside bare node:http, for the gateway's three kinds of request?
 * Workload: 32 keep-alive connections, closed loop: a 200-byte JSON object answered 202; the same, refused with 503
 *   on its headers; a 1 MiB NDJSON body counted as it arrives. Each server is its own process; the rounds are interleaved.
 * Read it as: CPU time of the server process for one request. It says nothing about latency under overload,
 *   nor about what happens behind the handler.
 *
 * Run: npx tsx bench/gateway-http/compare.ts [rounds=15] [secondsPerRound=0.5]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'

const SERVERS = ['bare', 'fastify', 'fastify-raw'] as const
const rounds = Number(process.argv[2] ?? 15)
const roundMs = 1000 * Number(process.argv[3] ?? 0.5)
const CONNECTIONS = 32

const event = JSON.stringify({ id: 'a1b2', type: 'page', url: '/shop/cart', text: 'x'.repeat(140) })
const lines = `${event}\n`.repeat(Math.floor(2 ** 20 / (event.length + 1)))
const JOBS = [
  { name: '202, 200 bytes', path: '/v1/streams/events', type: 'application/json', body: event, status: 202 },
  { name: '503 on headers', path: '/v1/full/events', type: 'application/json', body: event, status: 503 },
  {
    name: '202, 1 MiB NDJSON',
    path: '/v1/feed/events',
    type: 'application/x-ndjson',
    body: lines,
    status: 202,
  },
] as const
type Job = (typeof JOBS)[number]

interface Running {
  readonly name: string
  readonly child: ChildProcess
  readonly pool: Pool
  /** For each job, one figure a round. */
  readonly cpuUs: Map<string, number[]>
  readonly perSecond: Map<string, number[]>
}

async function start(name: string): Promise<Running> {
  const child = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), [name], {
    execArgv: ['--import', 'tsx'],
  })
  const [message] = await once(child, 'message')
  const pool = new Pool(`http://127.0.0.1:${message.port}`, { connections: CONNECTIONS, pipelining: 1 })
  return { name, child, pool, cpuUs: new Map(), perSecond: new Map() }
}

async function cpuMicroseconds(child: ChildProcess): Promise<number> {
  child.send('cpu')
  const [message] = await once(child, 'message')
  return message.cpu.user + message.cpu.system
}

async function loadUntil(pool: Pool, job: Job, untilMs: number): Promise<number> {
  let done = 0
  while (performance.now() < untilMs) {
    const headers = { 'content-type': job.type }
    const reply = await pool.request({ method: 'POST', path: job.path, headers, body: job.body })
    if (reply.statusCode !== job.status) throw new Error(`${job.name}: got ${reply.statusCode}`)
    await reply.body.dump()
    done++
  }
  return done
}

async function measure(server: Running, job: Job, durationMs: number): Promise<void> {
  const cpuBefore = await cpuMicroseconds(server.child)
  const startMs = performance.now()
  const loops = Array.from({ length: CONNECTIONS }, () => loadUntil(server.pool, job, startMs + durationMs))
  const requests = (await Promise.all(loops)).reduce((sum, done) => sum + done, 0)
  const seconds = (performance.now() - startMs) / 1000
  const cpuUs = (await cpuMicroseconds(server.child)) - cpuBefore
  append(server.cpuUs, job.name, cpuUs / requests)
  append(server.perSecond, job.name, requests / seconds)
}

function append(figures: Map<string, number[]>, name: string, value: number): void {
  figures.set(name, [...(figures.get(name) ?? []), value])
}

function summary(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => sorted[Math.round(share * (sorted.length - 1))]!.toFixed(digits)
  return `${at(0.5)} (${at(0.25)}–${at(0.75)})`
}

const servers = await Promise.all(SERVERS.map(start))
for (const server of servers) for (const job of JOBS) await measure(server, job, 1000)
for (const server of servers) {
  server.cpuUs.clear()
  server.perSecond.clear()
}
for (let round = 0; round < rounds; round++) {
  for (const job of JOBS) for (const server of servers) await measure(server, job, roundMs)
}
console.log(
  `Medians (and quartiles) of ${rounds} interleaved rounds; "beside bare" is the median of the rounds' own ratios.\n`,
)
console.log('| job | server | CPU µs a request | beside bare | requests a second |\n|---|---|---|---|---|')
for (const job of JOBS) {
  const bare = servers[0]!.cpuUs.get(job.name)!
  for (const server of servers) {
    const cpuUs = server.cpuUs.get(job.name)!
    const ratios = cpuUs.map((value, round) => value / bare[round]!)
    const perSecond = summary(server.perSecond.get(job.name)!, 0)
    console.log(
      `| ${job.name} | ${server.name} | ${summary(cpuUs, 1)} | ${summary(ratios, 2)} | ${perSecond} |`,
    )
  }
}
for (const server of servers) {
  await server.pool.destroy()
  server.child.disconnect()
}
