/**
 * One tenant sends at a hundred times its rate; the others must not feel it. The streams are in memory, so that the disk of
 * the machine has no part in it.
 *
 * A few seconds of this cannot tell 20 % of a 99th percentile on a machine that does other things as well, so that figure
 * is printed, and bounded generously. `SPILLWAY_FAIRNESS_SECONDS=60 npm test -- fairness` measures long, and holds the gateway to 20 %.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Flood, type Met, type Neighbourhood, sendFor } from './fairness/neighbours.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'

const ASKED_S = Number(process.env['SPILLWAY_FAIRNESS_SECONDS'] ?? 0)
const SECONDS = ASKED_S > 0 ? ASKED_S : 3
const RATE = 20
const GENEROUS_MS = 1000
/** How fast the slow stream is delivered, and what it holds. */
const SLOW_RATE = 200
const SLOW_BURST = 50
const SLOW_ITEMS = 50
/** A machine whose timers are later than this says nothing about anybody's 99th percentile. */
const BUSY_MS = 20
const UNMOVED = 1.2

const KEYS = { hog: 'hog-key-0123456789', one: 'one-key-0123456789', two: 'two-key-0123456789' }
const QUIET = [KEYS.one, KEYS.two]

let folder: string
let server: GatewayProcess
let url: string
let pool: Pool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  const config = join(folder, 'fair.yaml')
  const rate = `ratePerSecond: ${RATE}, burst: ${RATE}`
  const tenants = Object.entries(KEYS).flatMap(([name, key]) => [
    `  - { name: ${name}, key: ${key}, ${rate} }`,
    `  - { name: free-${name}, key: free-${key} }`,
  ])
  await writeFile(
    config,
    `dataDir: ${folder}/data
tenants:
${tenants.join('\n')}
streams:
  orders: { class: best-effort, window: { items: 2000 }, whenFull: block, sink: { type: file, path: ${folder}/orders.ndjson } }
  slow: { class: best-effort, window: { items: ${SLOW_ITEMS} }, whenFull: block, enqueueTimeoutMs: 1000, concurrency: 50, rate: { ratePerSecond: ${SLOW_RATE}, burst: ${SLOW_BURST} }, sink: { type: file, path: ${folder}/slow.ndjson } }
`,
  )
  server = GatewayProcess.serveFrom({ program: await buildGateway() }, '--config', config)
  ;({ url } = await server.addresses())
  pool = new Pool(url, { connections: 32, pipelining: 1 })
})

afterAll(async () => {
  await pool.close()
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function told(what: string, before: Met, during: Met): void {
  const line = ({ takenShare, p50Ms, p99Ms, lateMs }: Met): string =>
    `${(100 * takenShare).toFixed(1)} % taken, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms (timers ${lateMs.toFixed(1)} ms late)`
  const ratio = (during.p99Ms / before.p99Ms).toFixed(2)
  console.log(`${what}: alone ${line(before)}; beside the flood ${line(during)}; p99 × ${ratio}`)
}

/** What the quiet ones met alone, then beside a flood; and what the flood met. */
interface Meeting {
  readonly before: Met
  readonly during: Met
  readonly flooded: Readonly<Record<string, number>>
}

async function besideFlood(neighbourhood: Neighbourhood, floodKey: string): Promise<Meeting> {
  // Whatever is compiled and connected once is, before anything is measured.
  await sendFor(neighbourhood, 1)
  const before = await sendFor(neighbourhood, SECONDS)
  const flood = await Flood.start(`${url}${neighbourhood.path}`, floodKey, 100 * RATE)
  const during = await sendFor(neighbourhood, SECONDS)
  return { before, during, flooded: await flood.stop() }
}

/** A machine that is late by itself says nothing about the gateway, in a few seconds. */
function expectUnmoved({ before, during }: Meeting): void {
  const lateMs = Math.max(before.lateMs, during.lateMs)
  if (ASKED_S > 0) expect(during.p99Ms).toBeLessThanOrEqual(UNMOVED * before.p99Ms)
  else if (lateMs > BUSY_MS)
    console.log(`too busy to tell by the time: timers were ${lateMs.toFixed(0)} ms late`)
  else expect(during.p99Ms).toBeLessThan(GENEROUS_MS)
}

const TIMEOUT_MS = 60_000 + 3000 * SECONDS
const orders = (): Neighbourhood => ({ pool, path: '/v1/streams/orders', keys: QUIET, perSecond: 0.8 * RATE })

describe('a tenant at a hundred times its rate', () => {
  it('gets its rate, and the others all that is theirs, in their time', { timeout: TIMEOUT_MS }, async () => {
    const met = await besideFlood(orders(), KEYS.hog)
    told('100 times its rate', met.before, met.during)
    const { 202: taken = 0, 429: refused = 0, ...others } = met.flooded
    expect(others).toEqual({})
    expect(refused).toBeGreaterThan(taken)
    expect(taken).toBeLessThanOrEqual(RATE + RATE * (SECONDS + 5))
    expect(met.during.takenShare).toBeGreaterThanOrEqual(0.99)
    expectUnmoved(met)
  })

  it('gets no more than its turn where nobody has a rate and the consumer is slow', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const keys = QUIET.map((key) => `free-${key}`)
    const neighbourhood = { ...orders(), path: '/v1/streams/slow', keys }
    const met = await besideFlood(neighbourhood, `free-${KEYS.hog}`)
    told('no rates, a slow consumer', met.before, met.during)
    expect(met.flooded['202']).toBeLessThanOrEqual(SLOW_BURST + SLOW_ITEMS + SLOW_RATE * (SECONDS + 5))
    expect(met.during.takenShare).toBeGreaterThanOrEqual(0.99)
    expectUnmoved(met)
  })
})

it('guesses of keys, however many, slow nobody who has one', { timeout: TIMEOUT_MS }, async () => {
  const met = await besideFlood(orders(), 'a-guess-0123456789')
  told('guesses of keys', met.before, met.during)
  expect(Object.keys(met.flooded)).toEqual(['401'])
  expect(met.during.takenShare).toBe(1)
  expectUnmoved(met)
})
