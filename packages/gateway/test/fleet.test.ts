/**
 * Several gateways, each a process of its own, on one stream of one broker:
 * killed, cut off and filled up under load. What a client was promised arrives,
 * what it was refused came in time, and the ledgers add up over the fleet.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as pathOf } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { FleetClient } from './delivery-faults/fleet-client.ts'
import { MixedClient } from './delivery-faults/mixed-client.ts'
import { RecordingClient, reckon } from './delivery-faults/recording-client.ts'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'
import { Scrape } from './scrape.ts'

const TAKE_OVER_MS = 1000
const ENQUEUE_TIMEOUT_MS = 300
/** On a busy machine: nothing is to be late where nothing fails. */
const PATIENT_MS = 5000
/** For whatever is no promise, and takes its time on a busy machine. */
const UNHURRIED_MS = 60_000
/** What a busy machine may add to a wait. */
const SLACK_MS = 200

interface Member {
  readonly process: GatewayProcess
  readonly url: string
  readonly adminUrl: string
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for something that must come true in time. */
async function within(ms: number, what: string, isTrue: () => Promise<boolean>): Promise<number> {
  const startMs = performance.now()
  while (!(await isTrue().catch(() => false))) {
    if (performance.now() - startMs > ms) throw new Error(`not within ${ms} ms: ${what}`)
    await pause(20)
  }
  return performance.now() - startMs
}

async function scrape({ adminUrl }: Member): Promise<Scrape> {
  const found = new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
  expect(found.imbalance('orders')).toEqual({ requests: 0, events: 0 })
  return found
}

async function isReady({ adminUrl }: Member): Promise<boolean> {
  return (await fetch(`${adminUrl}/readyz`)).status === 200
}

describeWithNats('a fleet of gateways on one stream of a broker', () => {
  let program: string
  let folder: string
  let broker: NatsServer
  let sink: RecordingSink
  let members: Member[]
  beforeAll(async () => {
    program = await buildGateway()
  })
  afterAll(async () => {
    await rm(program, { force: true })
  })
  beforeEach(async () => {
    folder = await mkdtemp(pathOf(tmpdir(), 'spillway-fleet-'))
    broker = await NatsServer.start()
    sink = await RecordingSink.open()
    members = []
  })
  afterEach(async () => {
    for (const { process } of members) await process[Symbol.asyncDispose]()
    await sink.close()
    await broker.stop()
    await rm(folder, { recursive: true, force: true })
  })

  interface Join {
    readonly items?: number
    readonly orderBy?: string
    readonly enqueueTimeoutMs?: number
    readonly takeOverMs?: number
    readonly concurrency?: string
  }

  async function joinFleet(join: Join = {}): Promise<Member> {
    const {
      items = 100_000,
      orderBy,
      enqueueTimeoutMs = ENQUEUE_TIMEOUT_MS,
      takeOverMs = TAKE_OVER_MS,
      concurrency = '{ min: 4, max: 32 }',
    } = join
    const config = pathOf(folder, `gateway-${members.length}.yaml`)
    await writeFile(
      config,
      `dataDir: ${folder}/data-${members.length}
logLevel: error
jetstream: { servers: "${broker.url}", takeOverMs: ${takeOverMs} }
streams:
  orders:
    class: critical
    store: jetstream
    window: { items: 200 }
    backlog: { items: ${items}, bytes: 256MiB, maxAgeMs: 86400000 }
    enqueueTimeoutMs: ${enqueueTimeoutMs}
    retry: { attempts: 1000, baseMs: 5, maxMs: 50 }
    concurrency: ${concurrency}
    ${orderBy === undefined ? '' : `orderBy: ${orderBy}`}
    sink: { type: http, url: "${sink.url}" }
`,
    )
    const process = GatewayProcess.serveFrom({ program }, '--config', config)
    const member = { process, ...(await process.addresses()) }
    members.push(member)
    await within(UNHURRIED_MS, 'ready', () => isReady(member))
    return member
  }

  /** Waits until the broker has nothing left, by the word of every living gateway. */
  async function drained(living: readonly Member[]): Promise<readonly Scrape[]> {
    await within(UNHURRIED_MS, 'everything is delivered', async () => {
      const left = await Promise.all(
        living.map(async (member) => {
          const found = await scrape(member)
          return ['queued', 'in_flight', 'retrying'].reduce(
            (sum, what) => sum + found.sum(`events_${what}`),
            0,
          )
        }),
      )
      return left.every((count) => count === 0)
    })
    return Promise.all(living.map(scrape))
  }

  it('delivers everything once when nothing fails, shares the work, and its ledgers add up', async () => {
    const patient = { enqueueTimeoutMs: PATIENT_MS, takeOverMs: PATIENT_MS }
    const [one, two] = [await joinFleet(patient), await joinFleet(patient)]
    const clients = Array.from({ length: 8 }, (_, i) => new RecordingClient(`key-${i}`))
    for (const [i, client] of clients.entries()) client.start(i < 6 ? one.url : two.url, 'orders')
    await within(UNHURRIED_MS, 'enough is sent', async () => sink.arrivals.length > 400)
    await Promise.all(clients.map((client) => client.stop()))
    const scrapes = await drained([one, two])
    const sum = (name: string): number =>
      scrapes.reduce((total, each) => total + each.sum(`events_${name}_total`), 0)
    const acknowledged = clients.reduce((total, client) => total + client.acknowledged.length, 0)
    expect(reckon(clients, sink.payloads)).toMatchObject({ lost: [], invented: [] })
    expect(sink.arrivals.length).toBe(acknowledged)
    expect(sum('accepted')).toBe(acknowledged)
    expect(sum('delivered')).toBe(acknowledged)
    expect(sum('recovered')).toBe(sum('handed_over'))
    for (const each of scrapes) expect(each.sum('events_delivered_total')).toBeGreaterThan(acknowledged / 10)
  }, 120_000)

  it('delivers every acknowledged event when one is killed with what it had in hand', async () => {
    const [one, two] = [await joinFleet(), await joinFleet()]
    sink.behaviour = (response, arrival) => setTimeout(() => answers(200)(response, arrival), 20)
    const clients = Array.from({ length: 6 }, (_, i) => new RecordingClient(`key-${i}`))
    for (const [i, client] of clients.entries()) client.start(i < 3 ? one.url : two.url, 'orders')
    await pause(800)
    one.process.signal('SIGKILL')
    await pause(500)
    expect(await isReady(two)).toBe(true)
    await Promise.all(clients.map((client) => client.stop()))
    const [last] = await drained([two])
    expect(reckon(clients, sink.payloads)).toMatchObject({ lost: [], invented: [] })
    expect(last!.sum('events_recovered_total')).toBeGreaterThan(0)
    const back = await joinFleet()
    await drained([two, back])
  }, 120_000)

  it('refuses in time while the broker is killed or hangs, is not ready then, and takes events again within 5 s', async () => {
    const [one, two] = [await joinFleet(), await joinFleet()]
    const clients = [one, two].map(({ url }, i) => new FleetClient(url, 'orders', `key-${i}`))
    for (const client of clients) client.start()
    await pause(700)
    for (const outage of ['kill', 'hang'] as const) {
      if (outage === 'kill') await broker.kill()
      else broker.pause()
      await within(3000, `not ready while the broker is away (${outage})`, async () => {
        return !(await isReady(one)) && !(await isReady(two))
      })
      await pause(500)
      if (outage === 'kill') await broker.run()
      else broker.resume()
      const backMs = await Promise.all(
        [one, two].map((member) => within(5000, `ready again (${outage})`, () => isReady(member))),
      )
      const before = clients.map((client) => client.acknowledged.length)
      await within(5000, 'events are taken again', async () =>
        clients.every((client, i) => client.acknowledged.length > before[i]!),
      )
      console.log(`${outage}: ready again after ${backMs.map(Math.round).join(' and ')} ms`)
    }
    await Promise.all(clients.map((client) => client.stop()))
    await drained([one, two])
    expect(reckon(clients, sink.payloads)).toMatchObject({ lost: [], invented: [] })
    const refusals = clients.flatMap((client) => client.refusals)
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([503]))
    expect(refusals.every(({ retryAfter }) => Number(retryAfter) >= 1)).toBe(true)
    const tookMs = refusals.map((refusal) => refusal.tookMs).toSorted((a, b) => a - b)
    const late = tookMs[Math.floor(0.95 * tookMs.length)]!
    console.log(`${refusals.length} refusals, 95 % of them within ${Math.round(late)} ms`)
    expect(late).toBeLessThan(ENQUEUE_TIMEOUT_MS + SLACK_MS)
  }, 120_000)

  it('answers 503 when the stream is at its limit, whichever gateway is asked, and loses nothing', async () => {
    const limits = { items: 100 }
    sink.behaviour = (response) => setTimeout(() => response.writeHead(503).end(), 50)
    const [one, two] = [await joinFleet(limits), await joinFleet(limits)]
    const clients = [one, two, one, two].map(({ url }, i) => new FleetClient(url, 'orders', `key-${i}`))
    for (const client of clients) client.start()
    await within(UNHURRIED_MS, 'both refuse', async () =>
      clients.every(({ refusals }) => refusals.length > 3),
    )
    const taken = clients.reduce((sum, client) => sum + client.acknowledged.length, 0)
    expect(taken).toBeLessThanOrEqual(100)
    sink.behaviour = answers(200)
    await within(5000, 'both take events again', async () =>
      clients.every(({ acknowledged }) => acknowledged.length > taken / 2),
    )
    await Promise.all(clients.map((client) => client.stop()))
    await drained([one, two])
    expect(reckon(clients, sink.payloads)).toMatchObject({ lost: [], invented: [] })
    const refusals = clients.flatMap((client) => client.refusals)
    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([503]))
    expect(Math.max(...refusals.map(({ tookMs }) => tookMs))).toBeLessThan(
      2 * ENQUEUE_TIMEOUT_MS + 10 * SLACK_MS,
    )
  }, 120_000)

  it('delivers different keys of an ordered stream from all gateways at the same time, and each its share', async () => {
    const ordered = { orderBy: '/key', concurrency: '4', enqueueTimeoutMs: PATIENT_MS }
    const [one, two] = [await joinFleet(ordered), await joinFleet(ordered)]
    const held: (() => void)[] = []
    let [open, most] = [0, 0]
    sink.behaviour = (response, arrival) => {
      most = Math.max(most, ++open)
      held.push(() => {
        open--
        answers(200)(response, arrival)
      })
      // Nobody is answered before as many are open as both together may have: a slow machine shows it too.
      if (most < 8) return
      for (const answer of held.splice(0)) setTimeout(answer, 20)
    }
    const mixed = new MixedClient(Array.from({ length: 20 }, (_, i) => `key-${i}`))
    mixed.start(one.url, 'orders')
    const delivered = async (): Promise<readonly number[]> => {
      return (await Promise.all([one, two].map(scrape))).map((each) => each.sum('events_delivered_total'))
    }
    // No gateway has more than four under way: more than that come from both.
    await within(UNHURRIED_MS, 'both deliver', async () => {
      return most === 8 && (await delivered()).every((count) => count > 40)
    })
    await mixed.stop()
    const scrapes = await drained([one, two])
    expect(reckon(mixed.clients, sink.payloads)).toEqual({ lost: [], invented: [], outOfOrder: [] })
    const shares = scrapes.map((each) => each.sum('events_delivered_total'))
    console.log(`of an ordered stream the gateways delivered ${shares.join(' and ')}`)
    expect(Math.min(...shares)).toBeGreaterThan(sink.arrivals.length / 5)
  }, 120_000)

  it('takes a batch of many keys whole or not at all, and in order, when the gateway that takes it is killed', async () => {
    const ordered = { orderBy: '/key' }
    const [one, two] = [await joinFleet(ordered), await joinFleet(ordered)]
    const clients = [0, 1, 2, 3].map((i) => new MixedClient([0, 1, 2, 3, 4].map((n) => `key-${i}-${n}`)))
    for (const client of clients) client.start(one.url, 'orders')
    await pause(700)
    one.process.signal('SIGKILL')
    for (const client of clients) await client.stop()
    for (const client of clients) client.start(two.url, 'orders')
    await pause(TAKE_OVER_MS)
    for (const client of clients) await client.stop()
    await drained([two])
    for (const client of clients) {
      expect(reckon(client.clients, sink.payloads)).toMatchObject({ lost: [], outOfOrder: [] })
      expect(client.torn(sink.payloads)).toEqual([])
    }
  }, 120_000)

  it('keeps the order of keys over a change of whose turn it is, by a kill, a stop and an outage of the broker', async () => {
    const ordered = { orderBy: '/key' }
    const [one, two] = [await joinFleet(ordered), await joinFleet(ordered)]
    const single = Array.from({ length: 4 }, (_, i) => new RecordingClient(`key-${i}`))
    const mixed = new MixedClient(['mixed-0', 'mixed-1', 'mixed-2'])
    const clients = [...single, mixed]
    let count = 0
    sink.behaviour = (response, arrival) => answers(count++ % 9 === 0 ? 500 : 200)(response, arrival)
    for (const client of clients) client.start(two.url, 'orders')
    await pause(600)
    one.process.signal('SIGKILL')
    await pause(TAKE_OVER_MS + 500)
    const three = await joinFleet(ordered)
    await Promise.all(clients.map((client) => client.stop()))
    for (const client of clients) client.start(three.url, 'orders')
    await pause(300)
    two.process.signal('SIGTERM')
    await pause(600)
    await broker.kill()
    await pause(TAKE_OVER_MS)
    await broker.run()
    await within(5000, 'ready again', () => isReady(three))
    await pause(300)
    await Promise.all(clients.map((client) => client.stop()))
    await drained([three])
    const all = [...single, ...mixed.clients]
    expect(reckon(all, sink.payloads)).toEqual({ lost: [], invented: [], outOfOrder: [] })
    expect(sink.arrivals.length).toBeGreaterThan(100)
  }, 120_000)
})
