import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { GatewayProcess } from './gateway-process.ts'
import { Scrape } from './scrape.ts'

const OFFERED_PER_SECOND = 1000
const SECONDS = 6
const EVENTS = OFFERED_PER_SECOND * SECONDS
const DEADLINE_MS = 100
const SLACK_MS = 20

interface Answered {
  readonly index: number
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: string | undefined
  /** From when it was meant to be sent to its answer. */
  readonly tookMs: number
}

let folder: string
let server: GatewayProcess
let answers: readonly Answered[]
let controlMs: readonly number[]
let scrapes: readonly Scrape[]
let delivered: readonly number[]

/** Runs `task` at its time, whatever became of the earlier ones: an open loop. */
async function atRate<T>(
  count: number,
  perSecond: number,
  task: (index: number, atMs: number) => Promise<T>,
): Promise<T[]> {
  const startMs = performance.now()
  const running: Promise<T>[] = []
  while (running.length < count) {
    const due = Math.min(count, Math.ceil(((performance.now() - startMs) * perSecond) / 1000))
    while (running.length < due)
      running.push(task(running.length, startMs + (running.length * 1000) / perSecond))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return Promise.all(running)
}

async function offer(
  pool: Pool,
  { stream, index, atMs }: { stream: string; index: number; atMs: number },
): Promise<Answered> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ index, text: 'x'.repeat(150) })
  const reply = await pool.request({ method: 'POST', path: `/v1/streams/${stream}`, headers, body })
  const text = await reply.body.text()
  const { code } = JSON.parse(text) as { code?: string }
  const retryAfter = reply.headers['retry-after'] as string | undefined
  return { index, status: reply.statusCode, code, retryAfter, tookMs: performance.now() - atMs }
}

/** A request that meets no queue: what it takes is what the machine adds to everything else. */
async function control(pool: Pool, atMs: number): Promise<number> {
  const reply = await pool.request({ method: 'GET', path: '/v1/streams/slow' })
  await reply.body.dump()
  return performance.now() - atMs
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(0.99 * values.length)] ?? 0
}

/** A stream held at 100 events a second. */
function declared(name: string): string {
  const pace = `rate: { ratePerSecond: 100, burst: 2 }, sink: { type: file, path: ${join(folder, name)}.ndjson }`
  return `  ${name}: { class: best-effort, window: { items: 200 }, whenFull: block, enqueueTimeoutMs: ${DEADLINE_MS}, ${pace} }\n`
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  const config = join(folder, 'slow.yaml')
  await writeFile(config, `streams:\n${declared('slow')}${declared('warm')}`)
  server = GatewayProcess.serve('--config', config)
  const { url, adminUrl } = await server.addresses()
  const pool = new Pool(url, { connections: 200, pipelining: 1 })
  const scrape = async (): Promise<Scrape> => new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
  // Both processes compile what they run often, and open their connections, before anything is measured.
  await atRate(2 * OFFERED_PER_SECOND, OFFERED_PER_SECOND, (index, atMs) =>
    offer(pool, { stream: 'warm', index, atMs }),
  )
  const [all, controls, seen] = await Promise.all([
    atRate(EVENTS, OFFERED_PER_SECOND, (index, atMs) => offer(pool, { stream: 'slow', index, atMs })),
    atRate(50 * SECONDS, 50, (_index, atMs) => control(pool, atMs)),
    atRate(10 * SECONDS, 10, scrape),
  ])
  answers = all
  controlMs = controls
  scrapes = [...seen, await scrape()]
  await pool.close()
  server.signal('SIGTERM')
  expect((await server.ended()).code).toBe(0)
  const lines = (await readFile(join(folder, 'slow.ndjson'), 'utf8')).trimEnd().split('\n')
  delivered = lines.map((line) => (JSON.parse(line) as { index: number }).index)
  const early = answers.filter(isEarly).map(({ tookMs }) => tookMs)
  const late = answers.filter(isLate).map(({ tookMs }) => tookMs)
  console.log(
    `${answers.length} offered: ${delivered.length} taken, ${early.length} refused early (p99 ${p99(early).toFixed(1)} ms), ` +
      `${late.length} late (longest ${Math.max(0, ...late).toFixed(1)} ms); control p99 ${p99(controlMs).toFixed(1)} ms`,
  )
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const isTaken = ({ status }: Answered): boolean => status === 202
const isLate = ({ code }: Answered): boolean => code === 'ERR_WAIT_TIMEOUT'
const isEarly = (answer: Answered): boolean => !isTaken(answer) && !isLate(answer)

it('answers every request with 202 or 503', () => {
  expect(answers.every(({ status }) => status === 202 || status === 503)).toBe(true)
  expect(answers.filter(isTaken).length).toBeGreaterThan(200)
})

it('refuses nearly all that it refuses early, and says with each refusal when to come back', () => {
  const refused = answers.filter((answer) => !isTaken(answer))
  expect(refused.filter(isEarly).length / refused.length).toBeGreaterThan(0.9)
  expect(refused.every(({ retryAfter }) => /^[123]$/.test(retryAfter ?? ''))).toBe(true)
})

it('ends early refusals within 20 ms, and late ones within the deadline and 20 ms', ({ skip }) => {
  const addedMs = p99(controlMs)
  skip(
    addedMs > SLACK_MS,
    `the machine was too busy to tell: it added ${addedMs.toFixed(0)} ms to any request`,
  )
  expect(p99(answers.filter(isEarly).map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(SLACK_MS + addedMs)
  expect(p99(answers.filter(isLate).map(({ tookMs }) => tookMs))).toBeLessThanOrEqual(
    DEADLINE_MS + SLACK_MS + addedMs,
  )
})

it('keeps both ledgers balanced in every scrape', () => {
  expect(scrapes.length).toBeGreaterThan(10 * SECONDS)
  for (const scrape of scrapes) expect(scrape.imbalance('slow')).toEqual({ requests: 0, events: 0 })
})

it('counts what the client counts', () => {
  const last = scrapes.at(-1)!
  const sum = (name: string, labels = {}): number => last.sum(name, { stream: 'slow', ...labels })
  const others = controlMs.length
  expect(sum('requests_received_total')).toBe(EVENTS + others)
  expect(sum('requests_accepted_total')).toBe(answers.filter(isTaken).length)
  expect(sum('requests_refused_total', { reason: 'ERR_METHOD_NOT_ALLOWED' })).toBe(others)
  for (const reason of new Set(answers.flatMap(({ code }) => code ?? []))) {
    expect([reason, sum('requests_refused_total', { reason })]).toEqual([
      reason,
      answers.filter(({ code }) => code === reason).length,
    ])
  }
  const refused = answers.length - answers.filter(isTaken).length
  expect(sum('requests_refused_total')).toBe(refused + others)
  expect(sum('requests_refused_total', { phase: 'early' }) - others).toBeGreaterThan(0.9 * refused)
})

it('delivers exactly what it said 202 to, in the order of its queue', () => {
  const taken = answers.filter(isTaken).map(({ index }) => index)
  expect(delivered.toSorted((a, b) => a - b)).toEqual(taken)
})
