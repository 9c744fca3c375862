import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DiskStore } from '../src/store/disk/disk-store.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { Scrape } from './scrape.ts'

/** 64 MiB here; `BACKLOG_MIB=10240` for the whole promise. */
const BACKLOG_MIB = Number(process.env['BACKLOG_MIB'] ?? 64)
const PAYLOAD_BYTES = 4096
const EVENTS = (BACKLOG_MIB * 2 ** 20) / PAYLOAD_BYTES
const START_MS = 2000
const ANONYMOUS_BYTES = 200 * 2 ** 20

const BACKLOG = { items: 1e8, bytes: 1e12, maxAgeMs: 1e12 }

let folder: string
let program: string

/** Fills a data directory, with a hundred events that wait for a retry. */
async function fill(directory: string): Promise<void> {
  const store = await DiskStore.open({ directory })
  const stream = await store.openStream('slow', { backlog: BACKLOG, deadLetters: { items: 9, bytes: 9 } })
  for (let n = 0; n < EVENTS; n += 256) {
    const result = await stream.append(
      Array.from({ length: 256 }, (_, i) => ({
        id: `e${n + i}`,
        receivedAtMs: Date.now(),
        tenant: '',
        contentType: 'text/plain',
        payload: Buffer.alloc(PAYLOAD_BYTES, String(n + i).padEnd(12)),
      })),
    )
    if (!result.taken) throw new Error(result.detail)
  }
  await stream.defer(Array.from({ length: 100 }, (_, i) => ({ seq: i + 1, attempts: 1, dueAtMs: 1 })))
  await store.close()
}

beforeEach(
  async () => {
    folder = await mkdtemp(join(tmpdir(), 'spillway-restart-'))
    program = await buildGateway()
    await fill(join(folder, 'data', 'store'))
  },
  60_000 + BACKLOG_MIB * 100,
)

afterEach(async () => {
  await rm(program, { force: true })
  await rm(folder, { recursive: true, force: true })
})

/** Memory that is the process's own, not the system's cache of files. */
async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
}

/** How long a gateway takes to serve with this configuration. */
async function msToStart(config: string, text: string): Promise<number> {
  await writeFile(config, text)
  const startMs = performance.now()
  await using server = GatewayProcess.serveFrom({ program }, '--config', config)
  await server.addresses()
  return performance.now() - startMs
}

it.runIf(process.platform === 'linux')(
  `a gateway with ${BACKLOG_MIB} MiB in its backlog starts in less than 2 s, counts right at once, delivers from the first event on, retries too, and stays below 200 MB of memory`,
  async () => {
    const sink = await RecordingSink.open()
    const config = join(folder, 'restart.yaml')
    await writeFile(
      config,
      `dataDir: ${folder}/data
drainTimeoutMs: 0
streams:
  slow:
    class: critical
    window: { items: 100 }
    backlog: { items: 100000000, bytes: 1024GiB, maxAgeMs: 1000000000000 }
    rate: { ratePerSecond: 500 }
    concurrency: 8
    sink: { type: http, url: "${sink.url}" }
`,
    )
    const emptyMs = await msToStart(
      join(folder, 'empty.yaml'),
      (await readFile(config, 'utf8')).replace('/data', '/empty'),
    )
    const startMs = performance.now()
    await using server = GatewayProcess.serveFrom({ program }, '--config', config)
    const { adminUrl } = await server.addresses()
    const tookMs = performance.now() - startMs
    const scrape = new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
    expect(scrape.imbalance('slow').events).toBe(0)
    expect(scrape.sum('events_recovered_total')).toBe(EVENTS)
    await sink.hasDistinct(600)
    const first = sink.payloads.slice(0, 600)
    const numbers = first.map((payload) => Number.parseInt(payload.slice(0, 12), 10))
    expect(numbers.filter((n) => n < 100).length).toBeGreaterThan(50)
    expect(Math.max(...numbers)).toBeLessThan(1500)
    const memory = await anonymousBytes(server.pid)
    console.log(
      `${BACKLOG_MIB} MiB: started in ${tookMs.toFixed(0)} ms, with nothing in ${emptyMs.toFixed(0)} ms; ${(memory / 1e6).toFixed(0)} MB anonymous`,
    )
    expect(memory).toBeLessThan(ANONYMOUS_BYTES)
    // A start with nothing takes less than half a second where nothing else runs; what a busy machine adds, it adds to both.
    expect(tookMs).toBeLessThan(START_MS + Math.max(0, 2 * emptyMs - 1000))
    await sink.close()
  },
)
