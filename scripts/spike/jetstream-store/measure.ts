/**
 * Question: what does one event cost on JetStream, the gateway's store and the
 * broker counted apart, for batches of several sizes?
 * Workload: 200-byte events, some appends at a time against one `nats-server`
 * on this machine, one copy, then all of it read and settled; with keys, of a
 * stream in order, in 16 partitions.
 * Read it as: processor time for each event, and so how many one core carries.
 * It says nothing of HTTP, of the network between two machines, nor of replicas.
 *
 *   node --conditions=@spillway/source --import tsx scripts/spike/jetstream-store/measure.ts
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { JetStreamStore } from '../../../packages/gateway/src/store/jetstream/jetstream-store.ts'
import type { NewEvent, StreamStore } from '../../../packages/gateway/src/store/store.ts'

const PORT = 14_222
const ROWS = [
  { waiting: 1, batch: 1, events: 2000, keys: 0 },
  { waiting: 64, batch: 1, events: 50_000, keys: 0 },
  { waiting: 64, batch: 10, events: 200_000, keys: 0 },
  { waiting: 64, batch: 100, events: 500_000, keys: 0 },
  { waiting: 16, batch: 1000, events: 500_000, keys: 0 },
  // In order: a batch of one key is one message, one of many keys has a part in each partition.
  { waiting: 64, batch: 1, events: 50_000, keys: 1 },
  { waiting: 64, batch: 100, events: 500_000, keys: 1 },
  { waiting: 64, batch: 100, events: 200_000, keys: 100 },
]
const STEP = { maxItems: 512, maxBytes: 2 ** 20 }
/** Of the times in /proc. */
const TICKS_PER_SECOND = 100

const folder = mkdtempSync(join(tmpdir(), 'spillway-measure-'))
writeFileSync(join(folder, 'conf'), `host: 127.0.0.1\nport: ${PORT}\njetstream { store_dir: "${folder}" }\n`)
const server = spawn('nats-server', ['-c', join(folder, 'conf')], { stdio: 'ignore' })
await new Promise((resolve) => setTimeout(resolve, 1000))

const serverCpuMs = (): number => {
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(' ')
  return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_SECOND
}

function events(count: number, keys: number): NewEvent[] {
  const payload = Buffer.alloc(200, 'a')
  return Array.from({ length: count }, (_, i) => {
    return {
      id: `event-${i}`,
      receivedAtMs: Date.now(),
      tenant: 't',
      contentType: 'application/json',
      payload,
      ...(keys > 0 ? { key: `key-${i % keys}` } : {}),
    }
  })
}

async function fill(
  stream: StreamStore,
  { waiting, batch, events: total, keys }: (typeof ROWS)[number],
): Promise<void> {
  let left = total / batch
  const one = events(batch, keys)
  const append = async (): Promise<void> => {
    while (left-- > 0) {
      const result = await stream.append(one)
      if (!result.taken) throw new Error(result.detail)
    }
  }
  await Promise.all(Array.from({ length: waiting }, append))
}

async function drain(stream: StreamStore): Promise<void> {
  for (let after = 0; ; ) {
    const taken = await stream.read({ after, ...STEP })
    if (taken.length === 0) return
    after = taken.at(-1)!.seq
    await stream.settle(
      taken.map(({ seq }) => seq),
      'delivered',
    )
  }
}

async function measured(total: number, work: () => Promise<void>): Promise<string> {
  const [startMs, own, broker] = [performance.now(), process.cpuUsage(), serverCpuMs()]
  await work()
  const { user, system } = process.cpuUsage(own)
  const perSecond = Math.round((total * 1000) / (performance.now() - startMs))
  const [gatewayUs, brokerUs] = [(user + system) / total, ((serverCpuMs() - broker) * 1000) / total]
  return `${perSecond.toLocaleString('en')} | ${gatewayUs.toFixed(1)} | ${brokerUs.toFixed(1)}`
}

try {
  const access = { servers: [`nats://127.0.0.1:${PORT}`], prefix: 'measure', replicas: 1 }
  const settings = {
    ...access,
    takeOverMs: 30_000,
    maxPublishing: 1024,
    maxUnacknowledged: 20_000,
    partitions: 16,
  }
  const store = await JetStreamStore.open({ settings, onWarning: console.error })
  const bounds = {
    backlog: { items: 1e6, bytes: 2 ** 30, maxAgeMs: 1e9 },
    deadLetters: { items: 1, bytes: 1 },
  }
  const plain = await store.openStream('events', bounds)
  const ordered = await store.openStream('ordered', { ...bounds, isOrdered: true })
  console.log(`Load average at the start: ${loadavg()[0]!.toFixed(1)}`)
  console.log(
    '| appends at a time, batch, keys | taken/s | gateway µs | broker µs | delivered/s | gateway µs | broker µs |',
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const row of ROWS) {
    const stream = row.keys > 0 ? ordered : plain
    const taken = await measured(row.events, () => fill(stream, row))
    const delivered = await measured(row.events, () => drain(stream))
    console.log(`| ${row.waiting}, ${row.batch}, ${row.keys} | ${taken} | ${delivered} |`)
  }
  await store.close()
} finally {
  server.kill()
  rmSync(folder, { recursive: true, force: true })
}
