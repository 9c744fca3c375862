import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from 'spillway/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { Scrape } from './scrape.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3)
const SEED = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const SENDERS = 8
const MOST_IN_BATCH = 200
const LIFE_MS = { least: 150, most: 500 }
/** Acknowledged in each life at least, however slow the machine. */
const LEAST_IN_LIFE = 50

const random = seededRandom(SEED)
const acknowledged: number[] = []
let sent = 0
let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-kill-file-'))
  program = await buildGateway()
  await writeFile(
    join(folder, 'kill.yaml'),
    `dataDir: ${folder}/data
logLevel: error
streams:
  events:
    class: critical
    window: { items: 20000 }
    backlog: { items: 1000000, bytes: 1GiB, maxAgeMs: 86400000 }
    sink: { type: file, path: ${folder}/events.ndjson }
`,
  )
})

afterAll(async () => {
  await rm(program, { force: true })
  await rm(folder, { recursive: true, force: true })
})

const serve = (): GatewayProcess =>
  GatewayProcess.serveFrom({ program }, '--config', join(folder, 'kill.yaml'))

/** What an event looks like tells whether it is whole. */
function eventOf(index: number): string {
  return JSON.stringify({ index, text: 'x'.repeat(index % 300) })
}

/** Sends batches until the gateway is gone. */
async function send(url: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  try {
    for (;;) {
      const indices = Array.from({ length: Math.ceil(random() * MOST_IN_BATCH) }, () => sent++)
      const body = `[${indices.map(eventOf).join(',')}]`
      const reply = await fetch(`${url}/v1/streams/events`, { method: 'POST', headers, body })
      await reply.arrayBuffer()
      if (reply.status === 202) acknowledged.push(...indices)
    }
  } catch {
    // It was killed.
  }
}

async function drained(adminUrl: string): Promise<void> {
  for (;;) {
    const scrape = new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
    expect(scrape.imbalance('events')).toEqual({ requests: 0, events: 0 })
    if (scrape.sum('events_queued') + scrape.sum('events_in_flight') === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

it(`writes every acknowledged event of every batch to its file, each on a line of its own, through ${ROUNDS} kills (seed ${SEED})`, {
  timeout: 60_000 + 5_000 * ROUNDS,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    await using server = serve()
    const { url } = await server.addresses()
    const before = acknowledged.length
    const senders = Array.from({ length: SENDERS }, () => send(url))
    const lifeMs = LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least)
    await new Promise((resolve) => setTimeout(resolve, lifeMs))
    while (acknowledged.length < before + LEAST_IN_LIFE)
      await new Promise((resolve) => setTimeout(resolve, 5))
    server.signal('SIGKILL')
    await Promise.all(senders)
  }
  await using server = serve()
  await drained((await server.addresses()).adminUrl)
  const lines = new Set((await readFile(join(folder, 'events.ndjson'), 'utf8')).trimEnd().split('\n'))
  expect(acknowledged.filter((index) => !lines.has(eventOf(index)))).toEqual([])
  const strange = [...lines].filter((line) => line !== eventOf(JSON.parse(line).index))
  expect(strange).toEqual([])
  expect(acknowledged.length).toBeGreaterThan(100)
})
