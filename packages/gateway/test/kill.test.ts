import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from 'spillway/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RecordingClient, reckon } from './delivery-faults/recording-client.ts'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { Scrape } from './scrape.ts'

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 50)
const SEED = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const MAX_LIFE_MS = 250
/** So many events are acknowledged in every second life at least, however slow the machine: others end before the first. */
const LEAST_IN_LIFE = 5

let folder: string
let program: string
let sink: RecordingSink

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-kill-'))
  program = await buildGateway()
  sink = await RecordingSink.open()
  await writeFile(
    join(folder, 'kill.yaml'),
    `dataDir: ${folder}/data
logLevel: error
streams:
  orders:
    class: critical
    window: { items: 200 }
    backlog: { items: 1000000, bytes: 1GiB, maxAgeMs: 86400000 }
    retry: { attempts: 1000, baseMs: 5, maxMs: 50 }
    orderBy: /key
    concurrency: { min: 4, max: 32 }
    sink: { type: http, url: "${sink.url}" }
`,
  )
})

afterEach(async () => {
  await sink.close()
  await rm(program, { force: true })
  await rm(folder, { recursive: true, force: true })
})

const serve = (): GatewayProcess =>
  GatewayProcess.serveFrom({ program }, '--config', join(folder, 'kill.yaml'))

/** Waits until everything is delivered, looking at the ledger all the while. */
async function drained(adminUrl: string): Promise<Scrape> {
  for (;;) {
    const scrape = new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
    expect(scrape.imbalance('orders')).toEqual({ requests: 0, events: 0 })
    const left = ['queued', 'in_flight', 'retrying'].map((what) => scrape.sum(`events_${what}`))
    if (left.every((count) => count === 0)) return scrape
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** How many events they were promised. */
function acknowledged(clients: readonly RecordingClient[]): number {
  return clients.reduce((sum, client) => sum + client.acknowledged.length, 0)
}

it(`delivers every acknowledged event in key order, and none that was not sent, through ${ROUNDS} kills (seed ${SEED})`, {
  timeout: 90_000 + 5_000 * ROUNDS,
}, async () => {
  const random = seededRandom(SEED)
  const clients = Array.from({ length: 6 }, (_, index) => new RecordingClient(`key-${index}`))
  // One delivery in ten fails, so that retries and the order of keys are met by the kills too.
  sink.behaviour = (response, arrival) => answers(random() < 0.1 ? 500 : 200)(response, arrival)
  for (let round = 0; round < ROUNDS; round++) {
    await using server = serve()
    const { url } = await server.addresses()
    const before = acknowledged(clients)
    for (const client of clients) client.start(url, 'orders')
    await new Promise((resolve) => setTimeout(resolve, random() * MAX_LIFE_MS))
    while (round % 2 === 0 && acknowledged(clients) < before + LEAST_IN_LIFE) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    server.signal('SIGKILL')
    await Promise.all(clients.map((client) => client.stop()))
  }
  sink.behaviour = answers(200)
  await using server = serve()
  const last = await drained((await server.addresses()).adminUrl)
  expect(reckon(clients, sink.payloads)).toEqual({ lost: [], invented: [], outOfOrder: [] })
  expect(last.sum('events_delivered_total')).toBe(last.sum('events_recovered_total'))
  console.log(`${ROUNDS} kills: ${acknowledged(clients)} acknowledged, ${sink.arrivals.length} deliveries`)
  expect(acknowledged(clients)).toBeGreaterThan(2 * ROUNDS)
})
