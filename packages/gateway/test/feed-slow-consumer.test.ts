/**
 * A feed into a consumer that is a hundred times slower than its sender.
 *
 * By default as many events of 16 KiB as the consumer does in ten seconds, and
 * more than the kernel keeps of a connection; with SPILLWAY_FEED_EVENTS=1000000
 * a million short ones, which takes half an hour.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FeedClient } from './feed/feed-client.ts'
import { NumberedLines } from './feed/numbered-lines.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { MemoryWatch } from './overload/anonymous-memory.ts'
import { ConsumerProcess } from './overload/consumer-process.ts'
import { Scrape } from './scrape.ts'

const EVENTS = Number(process.env['SPILLWAY_FEED_EVENTS'] ?? 0)
const SLOWER = 100
const SECONDS = 10
/** Loopback may keep some MiB between sender and receiver. */
const LEAST_BYTES = 12 * 2 ** 20
const MAX_MINUTES = 60
const ROUNDS = [0, 1, 2]
const MIB = 2 ** 20

const numbers = new NumberedLines(EVENTS > 0 ? 100 : 16_000)

let folder: string
let server: GatewayProcess
let consumer: ConsumerProcess
let adminUrl: string
let port: number
/** What the consumer does in a second. */
let capacity: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  consumer = await ConsumerProcess.start(1_000_000)
  const names = ['whole', ...ROUNDS.flatMap((round) => [`ended-${round}`, `cut-${round}`])]
  const slow = (name: string): string =>
    `{ class: best-effort, window: { items: 100 }, whenFull: block, concurrency: 8, sink: { type: http, url: "http://127.0.0.1:${consumer.port}/${name}" } }`
  const config = join(folder, 'feed.yaml')
  await writeFile(
    config,
    `feedTimeoutMs: ${MAX_MINUTES * 60_000}
streams:
  quick: { class: best-effort, window: { items: 5000 }, whenFull: block, sink: { type: file, path: /dev/null } }
${names.map((name) => `  ${name}: ${slow(name)}`).join('\n')}
`,
  )
  server = GatewayProcess.serveFrom({ program: await buildGateway() }, '--config', config)
  const addresses = await server.addresses()
  adminUrl = addresses.adminUrl
  port = Number(new URL(addresses.url).port)
  capacity = Math.max(1, Math.round((await senderSpeed()) / SLOWER))
  await consumer.setRate(capacity)
  // What the measurement has left in memory is no part of the next one.
  while ((await scrape('quick'))('events_queued') > 0) await new Promise((resolve) => setTimeout(resolve, 50))
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await consumer[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Events a second that the sender gets rid of when nothing holds it back. The second time, for both have warmed up. */
async function senderSpeed(): Promise<number> {
  const events = Math.min(100_000, Math.round((64 * MIB) / numbers.lineBytes))
  let perSecond = 0
  for (let round = 0; round < 2; round++) {
    const client = new FeedClient(port, 'quick')
    const startMs = performance.now()
    await numbers.send(client, events * numbers.lineBytes)
    client.end()
    expect(await client.answer()).toMatchObject({ status: 202, json: { accepted: events } })
    perSecond = (events * 1000) / (performance.now() - startMs)
  }
  return perSecond
}

async function scrape(stream: string): Promise<(name: string) => number> {
  const seen = new Scrape(await (await fetch(`${adminUrl}/metrics`)).text())
  expect(seen.imbalance(stream)).toEqual({ requests: 0, events: 0 })
  return (name) => seen.sum(name, { stream })
}

/** What the consumer has done of a stream, once all of it is done. */
async function deliveredOf(stream: string): Promise<readonly number[]> {
  for (;;) {
    const at = await scrape(stream)
    if (at('events_delivered_total') === at('events_accepted_total') && at('requests_waiting') === 0) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return (await consumer.done(`/${stream}`)).toSorted((a, b) => a - b)
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/** How many of the first `bytes` of a feed to send: any number, up to two seconds' worth of the consumer. */
function anyBytes(): number {
  return Math.floor(Math.random() * 2 * capacity * numbers.lineBytes)
}

describe('a feed into a consumer a hundred times slower than its sender', () => {
  it(
    'makes the sender stall, keeps memory flat, and takes every event',
    async () => {
      const least = Math.ceil(LEAST_BYTES / numbers.lineBytes)
      const events = EVENTS || Math.max(capacity * SECONDS, least)
      const memory = new MemoryWatch(server.pid, 200)
      const startMs = performance.now()
      const client = new FeedClient(port, 'whole')
      const sent = await numbers.send(client, events * numbers.lineBytes)
      client.end()
      const answer = await client.answer()
      const seconds = (performance.now() - startMs) / 1000
      memory.stop()
      expect(answer).toMatchObject({ status: 202, json: { accepted: events, duplicates: 0 } })
      const stalled = sent.stalledMs / sent.tookMs
      const first = memory.samples[0]!.bytes
      const slope = memory.slopePerMinute(startMs + 300 * seconds)
      console.log(
        `${events} events of ${numbers.lineBytes} bytes, ${capacity} a second, in ${seconds.toFixed(0)} s; ` +
          `the sender stalled ${(100 * stalled).toFixed(1)} % of its time; anonymous memory ${(first / MIB).toFixed(1)} MiB ` +
          `before, at most ${(memory.peakBytes / MIB).toFixed(1)}; slope ${(slope / MIB).toFixed(2)} MiB a minute`,
      )
      expect(stalled).toBeGreaterThan(0.9)
      expect(memory.peakBytes - first).toBeLessThan(64 * MIB)
      if (seconds > 60) expect(slope).toBeLessThan(MIB)
      expect(await deliveredOf('whole')).toEqual(upTo(events))
    },
    MAX_MINUTES * 60_000,
  )

  it.each(ROUNDS)(
    'says exactly how many were taken when its client ends its side at any byte (%d)',
    async (round) => {
      const bytes = anyBytes()
      const stream = `ended-${round}`
      const client = new FeedClient(port, stream)
      await numbers.send(client, bytes)
      client.socket.end()
      const complete = Math.floor(bytes / numbers.lineBytes)
      const answer = await client.answer()
      const expected = { status: 400, json: { accepted: complete, line: complete + 1 } }
      expect([bytes, answer]).toMatchObject([bytes, expected])
      expect((await scrape(stream))('events_accepted_total')).toBe(complete)
      expect(await deliveredOf(stream)).toEqual(upTo(complete))
    },
  )

  it.each(ROUNDS)('counts and logs exactly what was taken when it is cut at any byte (%d)', async (round) => {
    const bytes = anyBytes()
    const stream = `cut-${round}`
    const client = new FeedClient(port, stream)
    while ((await scrape(stream))('requests_waiting') === 0);
    await numbers.send(client, bytes)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
    client.cut()
    // A reset that comes together with data looks to the server like an end: then it answers, to nobody, and logs that.
    const [cutAfter, endedBefore] = await server.said(
      new RegExp(`"stream":"${stream}",(?:"accepted":(\\d+),|.*lines before line (\\d+) were taken)`),
    )
    const taken = Number(cutAfter ?? Number(endedBefore) - 1)
    expect([bytes, taken]).toEqual([bytes, (await scrape(stream))('events_accepted_total')])
    expect(taken).toBeLessThanOrEqual(Math.floor(bytes / numbers.lineBytes))
    expect(await deliveredOf(stream)).toEqual(upTo(taken))
    const at = await scrape(stream)
    expect(at('requests_abandoned_total') + at('requests_refused_total')).toBe(1)
  })
})
