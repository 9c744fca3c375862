/**
 * What costs an attacker little and a server much. Throughout, a good client is
 * served and the probe finds the gateway ready; memory stays within bounds.
 */
import { once } from 'node:events'
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FeedClient } from './feed/feed-client.ts'
import { Besieged, statusesIn } from './hostile/besieged.ts'
import { anonymousBytes } from './overload/anonymous-memory.ts'
import { RawClient } from './raw-client.ts'

const MIB = 2 ** 20
const HEAD = 'POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
const BODY_TURNS = 12
const BODY_TIMEOUT_MS = 500
const HEADERS_TIMEOUT_MS = 10_000

let besieged: Besieged
let calmBytes: number

beforeAll(async () => {
  besieged = await Besieged.start(
    `bodyTimeoutMs: ${BODY_TIMEOUT_MS}\nbodyLimit: 8MiB\nbodyBudget: 32MiB\nmaxConnections: 8000\ndrainTimeoutMs: 1000\n`,
  )
  // Both sides have compiled what they run often.
  while (besieged.good.length < 50) await new Promise((resolve) => setTimeout(resolve, 20))
  calmBytes = await anonymousBytes(besieged.pid)
})

afterAll(() => besieged[Symbol.asyncDispose]())

/** Opens so many connections, writes on each again and again until it is closed, and resolves with what was answered. */
async function trickle(count: number, first: string, each: string): Promise<readonly RawClient[]> {
  const clients = Array.from({ length: count }, () => new RawClient(besieged.port))
  for (const client of clients) client.send(first)
  const timer = setInterval(() => {
    for (const { socket } of clients) if (socket.writable) socket.write(each)
  }, 200)
  await Promise.all(clients.map(({ closed }) => closed))
  clearInterval(timer)
  return clients
}

describe('slow clients', () => {
  it('that send their headers byte by byte are ended with 408', async () => {
    const startMs = performance.now()
    for (const { received } of await trickle(300, HEAD, 'x')) expect(statusesIn(received)).toEqual(['408'])
    expect(performance.now() - startMs).toBeGreaterThan(HEADERS_TIMEOUT_MS - 100)
  })

  it('that send their bodies byte by byte are ended with 408', async () => {
    const startMs = performance.now()
    const clients = await trickle(300, `${HEAD}Content-Length: 100000\r\n\r\n{"a":`, ' ')
    for (const { received } of clients) expect(statusesIn(received)).toEqual(['408'])
    expect(performance.now() - startMs).toBeGreaterThan(BODY_TURNS * BODY_TIMEOUT_MS - 100)
  })

  it('that hold thousands of connections open and say nothing are closed, and keep nobody out', async () => {
    const idle: RawClient[] = []
    let answered = 0
    while (idle.length < 5000) {
      const more = Array.from({ length: 100 }, () => new RawClient(besieged.port))
      idle.push(...more)
      await Promise.all(more.map(({ socket }) => once(socket, 'connect')))
      // What is accepted in turn behind them shows that they were: the kernel would forget what waits too long.
      if ((await besieged.post('door', '{}', { connection: 'close' })) === 202) answered++
    }
    expect(answered).toBe(50)
    await Promise.all(idle.map(({ closed }) => closed))
    expect(await besieged.post('door', '{}')).toBe(202)
  })
})

describe('bombs', () => {
  const zeros = Buffer.alloc(64 * MIB, 0x20)

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('of %s are 413, or 503 while others are being defused', async (coding, compress) => {
    const bomb = compress(zeros)
    const before = await besieged.taken()
    const headers = { 'content-encoding': coding }
    const answers = Array.from({ length: 50 }, () => besieged.post('door', bomb, headers))
    const statuses = await Promise.all(answers)
    expect(statuses.every((status) => status === 413 || status === 503)).toBe(true)
    expect(statuses).toContain(413)
    expect(await besieged.taken()).toBe(before)
  })

  it('in a feed end it at the line that is too long; empty lines cost nothing', async () => {
    const before = await besieged.taken()
    const endless = new FeedClient(besieged.port, 'door', { 'content-encoding': 'gzip' })
    endless.write(gzipSync(Buffer.concat([Buffer.from('1\n"'), zeros])))
    expect(await endless.answer()).toMatchObject({ status: 413, json: { accepted: 1, line: 2 } })
    const blank = new FeedClient(besieged.port, 'door', { 'content-encoding': 'gzip' })
    blank.write(gzipSync(Buffer.alloc(64 * MIB, 0x0a)))
    blank.end()
    expect(await blank.answer()).toMatchObject({ status: 202, json: { accepted: 0 } })
    expect(await besieged.taken()).toBe(before + 1)
  })

  it('in a feed that is never ended hold no more than a feed may', async () => {
    const client = new FeedClient(besieged.port, 'door', { 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.on('data', (chunk) => client.write(chunk))
    gzip.write(zeros)
    expect(await client.answer()).toMatchObject({ status: 413, json: { accepted: 0, line: 1 } })
    gzip.destroy()
  })
})

describe('large heads', () => {
  it('of a megabyte are 431, however they are cut', async () => {
    const wide = `${HEAD}X: ${'x'.repeat(MIB)}\r\n\r\n`
    const long = `${HEAD}${'X: y\r\n'.repeat(MIB / 6)}\r\n`
    for (const head of [wide, long]) {
      const answers = await Promise.all(Array.from({ length: 30 }, () => besieged.exchange(head)))
      // A reset may overtake the answer while the client still sends.
      for (const received of answers) expect(['', '431']).toContain(statusesIn(received).join())
      expect(answers.some((received) => received.includes('"ERR_HEADERS_TOO_LARGE"'))).toBe(true)
    }
  })
})

it('has served everybody else meanwhile, within its memory, and let nothing in', async () => {
  await besieged.calm()
  const { good, probed, memory } = besieged
  const slowest = Math.max(...probed.map(({ tookMs }) => tookMs))
  const peak = memory.peakBytes - calmBytes
  console.log(
    `${good.length} good events; ${probed.length} probes, the slowest ${slowest.toFixed(0)} ms; ` +
      `anonymous memory ${(calmBytes / MIB).toFixed(0)} MiB before, at most ${(peak / MIB).toFixed(0)} MiB more`,
  )
  expect(good.every(({ status }) => status === 202)).toBe(true)
  expect(probed.every(({ status }) => status === 200)).toBe(true)
  expect(slowest).toBeLessThan(5000)
  // The memory for bodies, decoders beside it, and 5,000 connections.
  expect(peak).toBeLessThan(192 * MIB)
  const scrape = await besieged.scrape()
  expect(scrape.sum('events_accepted_total', { stream: 'good' })).toBe(good.length)
  expect(scrape.sum('body_bytes')).toBe(0)
  expect(scrape.imbalance('door')).toEqual({ requests: 0, events: 0 })
})
