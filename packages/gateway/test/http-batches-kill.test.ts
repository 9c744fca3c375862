import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from 'spillway/testing'
import { expect, it } from 'vitest'
import { until } from './admin-client.ts'
import { RecordingClient, reckon } from './delivery-faults/recording-client.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { Scrape } from './scrape.ts'

const ROUNDS = 3
const SEED = Number(process.env['KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const MAX_LIFE_MS = 150

/** What a batch holds. */
function payloadsOf(body: string): readonly string[] {
  const elements = JSON.parse(body) as readonly { readonly data: unknown }[] // what the gateway sends
  return elements.map(({ data }) => JSON.stringify(data))
}

it(`delivers in batches every acknowledged event at least once through ${ROUNDS} kills (seed ${SEED})`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-batches-'))
  const program = await buildGateway()
  const sink = await RecordingSink.open()
  const config = join(folder, 'kill.yaml')
  await writeFile(
    config,
    `dataDir: ${folder}/data
logLevel: error
streams:
  orders:
    class: critical
    window: { items: 200 }
    backlog: { items: 1000000, bytes: 1GiB, maxAgeMs: 86400000 }
    retry: { attempts: 1000, baseMs: 5, maxMs: 50 }
    batch: { size: 20, intervalMs: 5 }
    sink: { type: http, url: "${sink.url}" }
`,
  )
  const random = seededRandom(SEED)
  const taken: string[] = []
  let isCalm = false
  // One in ten fails; one in ten of several is refused, and taken in parts.
  sink.behaviour = (response, { payload }) => {
    const payloads = payloadsOf(payload)
    const chance = isCalm ? 1 : random()
    const status = chance < 0.1 ? 500 : chance < 0.2 && payloads.length > 1 ? 422 : 200
    if (status === 200) taken.push(...payloads)
    response.writeHead(status).end()
  }
  const serve = (): GatewayProcess => GatewayProcess.serveFrom({ program }, '--config', config)
  const clients = Array.from({ length: 4 }, (_, index) => new RecordingClient(`key-${index}`))
  const acknowledged = (): number => clients.reduce((sum, client) => sum + client.acknowledged.length, 0)
  for (let round = 0; round < ROUNDS; round++) {
    await using server = serve()
    const { url } = await server.addresses()
    for (const client of clients) client.start(url, 'orders', 30)
    const before = acknowledged()
    await until(
      async () => acknowledged(),
      (count) => count > before,
    )
    await new Promise((resolve) => setTimeout(resolve, random() * MAX_LIFE_MS))
    server.signal('SIGKILL')
    await Promise.all(clients.map((client) => client.stop()))
  }
  isCalm = true
  await using server = serve()
  const { adminUrl } = await server.addresses()
  const look = async (): Promise<Scrape> => new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
  const isDone = (scrape: Scrape): boolean =>
    ['queued', 'in_flight', 'retrying'].every((what) => scrape.sum(`events_${what}`) === 0)
  const last = await until(look, isDone)
  expect(last.sum('events_dead_lettered')).toBe(0)
  const { lost, invented } = reckon(clients, taken)
  expect({ lost, invented }).toEqual({ lost: [], invented: [] })
  await sink.close()
  await rm(program, { force: true })
  await rm(folder, { recursive: true, force: true })
})
