/**
 * One tenant sends at a hundred times its rate; the others must not feel it. The streams are in memory, so that the disk of
 * the machine has no part in it.
 *
 * A flood takes time of the machine wherever it goes. So what the others meet is compared with what they meet while the
 * same flood goes to another gateway, in turn, and told beside what they meet without any. Of a few short windows each the
 * lower quartile counts: a machine that does other things as well is late in some of them, a gateway that is would be in all.
 * `SPILLWAY_FAIRNESS_SECONDS=60 npm test -- fairness` measures long.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HELD_MS } from '../src/admission/held-answers.ts'
import { CONNECTIONS } from './fairness/connections.ts'
import { Flood, type Met, type Neighbourhood, sendFor } from './fairness/neighbours.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'

const ASKED_S = Number(process.env['SPILLWAY_FAIRNESS_SECONDS'] ?? 0)
/** With the flood here, and as many with it elsewhere, and without it. */
const WINDOWS = ASKED_S > 0 ? 15 : 5
const WINDOW_S = ASKED_S > 0 ? ASKED_S / WINDOWS : 0.5
const RATE = 100
/** How fast the slow stream is delivered, and what it holds. */
const SLOW_RATE = 400
const SLOW_BURST = 50
const SLOW_ITEMS = 50
/** How many refusals a second the flood can be told: each of its connections waits for one that is held. */
const HELD_PER_SECOND = (1000 * CONNECTIONS) / HELD_MS
const UNMOVED = 1.2
/** What can't be told of a 99th percentile in so few requests. */
const NOISE_MS = ASKED_S > 0 ? 0.3 : 3
/** A flood begins with as many requests at once as it has connections; what is looked at is the flood, not its beginning. */
const SETTLING_MS = 300
/** Where the flood goes in a round. In a short run nothing is told of how it would be without one. */
const ORDER: readonly Place[] = ASKED_S > 0 ? ['nowhere', 'elsewhere', 'here'] : ['elsewhere', 'here']

const KEYS = { hog: 'hog-key-0123456789', one: 'one-key-0123456789', two: 'two-key-0123456789' }
const QUIET = [KEYS.one, KEYS.two]

let folder: string
let servers: readonly GatewayProcess[]
let hereUrl: string
let elsewhereUrl: string
let pool: Pool

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  const program = await buildGateway()
  const start = async (name: string): Promise<GatewayProcess> => {
    const config = join(folder, `${name}.yaml`)
    await writeFile(config, configuration(join(folder, name)))
    return GatewayProcess.serveFrom({ program }, '--config', config)
  }
  const [here, elsewhere] = [await start('here'), await start('elsewhere')]
  servers = [here, elsewhere]
  hereUrl = (await here.addresses()).url
  elsewhereUrl = (await elsewhere.addresses()).url
  pool = new Pool(hereUrl, { connections: 32, pipelining: 1 })
})

afterAll(async () => {
  await pool.close()
  for (const server of servers) await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

function configuration(directory: string): string {
  const rate = `ratePerSecond: ${RATE}, burst: ${RATE}`
  const tenants = Object.entries(KEYS).flatMap(([name, key]) => [
    `  - { name: ${name}, key: ${key}, ${rate} }`,
    `  - { name: free-${name}, key: free-${key} }`,
  ])
  return `dataDir: ${directory}
tenants:
${tenants.join('\n')}
streams:
  orders: { class: best-effort, window: { items: 2000 }, whenFull: block, sink: { type: file, path: ${directory}/orders.ndjson } }
  slow: { class: best-effort, window: { items: ${SLOW_ITEMS} }, whenFull: block, enqueueTimeoutMs: 1000, concurrency: 50, rate: { ratePerSecond: ${SLOW_RATE}, burst: ${SLOW_BURST} }, sink: { type: file, path: ${directory}/slow.ndjson } }
`
}

/** Where the flood goes while the others are looked at. */
type Place = 'nowhere' | 'elsewhere' | 'here'

/** What the others met, window by window, and the flood here. */
interface Meeting {
  readonly others: Readonly<Record<Place, readonly Met[]>>
  readonly flooded: Readonly<Record<string, number>>
  /** For how long it was here. */
  readonly floodedS: number
}

async function besideFlood(neighbourhood: Neighbourhood, floodKey: string): Promise<Meeting> {
  const flood = await Flood.start(floodKey, 100 * RATE)
  const urls = {
    nowhere: undefined,
    elsewhere: elsewhereUrl + neighbourhood.path,
    here: hereUrl + neighbourhood.path,
  }
  const others: Record<Place, Met[]> = { nowhere: [], elsewhere: [], here: [] }
  // Whatever is compiled and connected once is, before anything is measured.
  for (const place of ['here', 'elsewhere'] as const) {
    await flood.aim(urls[place])
    await sendFor(neighbourhood, 0.5)
  }
  let floodedS = 0.5
  for (let round = 0; round < WINDOWS; round++) {
    for (const place of round % 2 === 0 ? ORDER : ORDER.toReversed()) {
      const startMs = performance.now()
      await flood.aim(urls[place])
      await new Promise((resolve) => setTimeout(resolve, SETTLING_MS))
      others[place].push(await sendFor(neighbourhood, WINDOW_S))
      if (place === 'here') floodedS += (performance.now() - startMs) / 1000
    }
  }
  await flood.aim(undefined)
  const statuses = await flood.stop()
  return { others, flooded: statuses[urls.here] ?? {}, floodedS }
}

/** The lower quartile of the windows’ quantiles. */
function quantileMs(windows: readonly Met[], share: number): number {
  const quantiles = windows.map(({ tookMs }) => tookMs[Math.floor(share * tookMs.length)] ?? 0)
  return quantiles.toSorted((a, b) => a - b)[windows.length >> 2] ?? 0
}

/** By how much this process itself was late: what is less than that says nothing of the gateway. */
function latenessMs(windows: readonly Met[]): number {
  return windows.map(({ lateMs }) => lateMs).toSorted((a, b) => a - b)[windows.length >> 1] ?? 0
}

function takenShare(windows: readonly Met[]): number {
  const sent = windows.reduce((sum, { tookMs }) => sum + tookMs.length, 0)
  const refused = windows.flatMap(({ refusals }) => Object.values(refusals))
  return 1 - refused.reduce((sum, count) => sum + count, 0) / sent
}

function told(what: string, { others, flooded }: Meeting): void {
  const line = (place: Place): string => {
    const windows = others[place]
    const [p50, p99] = [0.5, 0.99].map((share) => quantileMs(windows, share).toFixed(2))
    return `${place} ${(100 * takenShare(windows)).toFixed(1)} % taken, p50 ${p50} ms, p99 ${p99} ms (timers ${latenessMs(windows).toFixed(1)} ms late)`
  }
  console.log(`${what}: the flood ${ORDER.map(line).join('; ')}; it got ${JSON.stringify(flooded)}`)
}

function expectUnmoved({ others }: Meeting): void {
  expect(takenShare(others.here)).toBeGreaterThanOrEqual(0.99)
  const noiseMs = ASKED_S > 0 ? NOISE_MS : Math.max(NOISE_MS, latenessMs(others.here))
  const most = UNMOVED * quantileMs(others.elsewhere, 0.99) + noiseMs
  expect(quantileMs(others.here, 0.99)).toBeLessThanOrEqual(most)
}

const TIMEOUT_MS = 60_000 + 5000 * WINDOWS * WINDOW_S
const orders = (): Neighbourhood => ({ pool, path: '/v1/streams/orders', keys: QUIET, perSecond: 0.8 * RATE })

describe('a tenant at a hundred times its rate', () => {
  it('gets its rate, and the others all that is theirs, in their time', { timeout: TIMEOUT_MS }, async () => {
    const met = await besideFlood(orders(), KEYS.hog)
    told('100 times its rate', met)
    const { 202: taken = 0, 429: refused = 0, ...others } = met.flooded
    expect(others).toEqual({})
    // Far more was sent than is its. How much more is for the machine to say: where others work too, the flood is less of one.
    expect(refused).toBeGreaterThan(taken / 4)
    // Of ten thousand that it would send each second, it is slowed to those that it is told.
    expect(refused).toBeLessThanOrEqual(RATE * (WINDOWS + 1) + 2 * (RATE + HELD_PER_SECOND) * met.floodedS)
    // A burst whenever it comes back, and a moment for what is under way.
    expect(taken).toBeLessThanOrEqual(RATE * (WINDOWS + 1) + 2 * RATE * met.floodedS)
    expectUnmoved(met)
  })

  it('gets no more than its turn where nobody has a rate and the consumer is slow', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const keys = QUIET.map((key) => `free-${key}`)
    const neighbourhood = { ...orders(), path: '/v1/streams/slow', keys }
    const met = await besideFlood(neighbourhood, `free-${KEYS.hog}`)
    told('no rates, a slow consumer', met)
    const most = (WINDOWS + 1) * (SLOW_BURST + SLOW_ITEMS) + 2 * SLOW_RATE * met.floodedS
    expect(met.flooded['202']).toBeLessThanOrEqual(most)
    expect(takenShare(met.others.here)).toBeGreaterThanOrEqual(0.99)
  })
})

it('guesses of keys, however many, slow nobody who has one', { timeout: TIMEOUT_MS }, async () => {
  const met = await besideFlood(orders(), 'a-guess-0123456789')
  told('guesses of keys', met)
  expect(Object.keys(met.flooded)).toEqual(['401'])
  expectUnmoved(met)
})
