import { brotliCompressSync, constants, createGzip, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FeedClient } from './feed/feed-client.ts'
import { RunningGateway } from './running-gateway.ts'

const YAML = `
bodyLimit: 1MiB
bodyBudget: 20MiB
drainTimeoutMs: 100
streams:
  quick: { class: best-effort, window: { items: 10000 }, whenFull: block, sink: { type: file, path: DIR/quick.ndjson } }
  named: { class: best-effort, window: { items: 100000 }, whenFull: block, sink: { type: file, path: DIR/named.ndjson } }
  kept: { class: critical, window: { items: 1000 }, backlog: { items: 100000, bytes: 64MiB, maxAgeMs: 86400000 }, sink: { type: file, path: DIR/kept.ndjson } }
  slow: { class: best-effort, window: { items: 64 }, whenFull: block, rate: { ratePerSecond: 100, burst: 1 }, sink: { type: file, path: DIR/slow.ndjson } }
  strict: { class: best-effort, window: { items: 10 }, whenFull: reject, rate: { ratePerSecond: 100, burst: 1 }, sink: { type: file, path: DIR/strict.ndjson } }
  newest: { class: best-effort, window: { items: 10 }, whenFull: drop-oldest, rate: { ratePerSecond: 1, burst: 1 }, sink: { type: file, path: DIR/newest.ndjson } }
  capped: { class: best-effort, window: { items: 10000 }, whenFull: block, ingress: { ratePerSecond: 100, burst: 10 }, sink: { type: file, path: DIR/capped.ndjson } }
`

const STUCK_YAML = `
drainTimeoutMs: 100
streams:
  quick: { class: best-effort, window: { items: 10000 }, whenFull: block, sink: { type: file, path: DIR/quick.ndjson } }
  stuck: { class: best-effort, window: { items: 10 }, whenFull: block, rate: { ratePerSecond: 0.01, burst: 1 }, sink: { type: file, path: DIR/stuck.ndjson } }
`

/** In a hurry. */
const HASTY_YAML = `
feedIdleTimeoutMs: 1000
feedTimeoutMs: 3000${STUCK_YAML}`

let running: RunningGateway
let hasty: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
  hasty = await RunningGateway.start(HASTY_YAML)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await hasty[Symbol.asyncDispose]()
})

function feed(stream: string, headers: Readonly<Record<string, string>> = {}): FeedClient {
  return new FeedClient(running.port, stream, headers)
}

const lines = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => `{"n":${from + index}}\n`).join('')

/** What the gateway counts for a stream. */
async function counted(stream: string, metric: string, labels = {}): Promise<number> {
  const scrape = await running.scrape()
  expect(scrape.imbalance(stream)).toEqual({ requests: 0, events: 0 })
  return scrape.sum(metric, { stream, ...labels })
}

async function until(stream: string, metric: string, value: number): Promise<void> {
  while ((await counted(stream, metric)) !== value) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** Feeds, one after the other, a body in one piece. */
async function fed(stream: string, body: string | Buffer, headers = {}): Promise<unknown> {
  const client = feed(stream, headers)
  client.write(body)
  client.end()
  return client.answer()
}

describe('a feed', () => {
  it('takes events as they arrive, and answers 202 at its end with their number', async () => {
    const client = feed('quick')
    client.write('{"n":0}\n\n{"n":1}\r\n{"n"')
    await until('quick', 'events_accepted_total', 2)
    client.write(':2}\n')
    await until('quick', 'events_accepted_total', 3)
    client.write(' [3] ')
    client.end()
    expect(await client.answer()).toMatchObject({
      status: 202,
      json: { accepted: 4, duplicates: 0, durability: 'memory' },
    })
    while ((await running.read('quick.ndjson')).split('\n').length <= 4);
    expect(await running.read('quick.ndjson')).toBe('{"n":0}\n{"n":1}\n{"n":2}\n[3]\n')
    expect(await counted('quick', 'requests_accepted_total')).toBe(1)
  })

  it('may be empty', async () => {
    expect(await fed('quick', '')).toMatchObject({ status: 202, json: { accepted: 0 } })
  })

  it('shares commits: thousands of lines on the disk take no longer than some flushes', async () => {
    const answer = await fed('kept', lines(0, 20_000))
    expect(answer).toMatchObject({ status: 202, json: { accepted: 20_000, durability: 'disk' } })
    await until('kept', 'events_delivered_total', 20_000)
    expect(await running.read('kept.ndjson')).toBe(lines(0, 20_000))
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('may be compressed: %s', async (coding, compress) => {
    const before = await counted('quick', 'events_accepted_total')
    const body = compress(Buffer.from(lines(0, 5000)))
    expect(await fed('quick', body, { 'content-encoding': coding })).toMatchObject({
      status: 202,
      json: { accepted: 5000 },
    })
    expect(await counted('quick', 'events_accepted_total')).toBe(before + 5000)
  })

  it('is taken line by line out of a stream of gzip that is flushed line by line', async () => {
    const before = await counted('quick', 'events_accepted_total')
    const client = feed('quick', { 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.on('data', (chunk) => client.write(chunk))
    for (let n = 0; n < 3; n++) {
      gzip.write(lines(n, n + 1))
      gzip.flush(constants.Z_SYNC_FLUSH)
      await until('quick', 'events_accepted_total', before + n + 1)
    }
    gzip.end()
    await new Promise((resolve) => gzip.once('end', resolve))
    client.end()
    expect(await client.answer()).toMatchObject({ status: 202, json: { accepted: 3 } })
  })
})

describe('a feed that ends at a line', () => {
  it.each([
    [
      'malformed',
      '{"n":1}\n{"n":}\n{"n":3}\n',
      400,
      'ERR_MALFORMED_BODY',
      'line 2, column 6: unexpected "}"',
    ],
    ['not UTF-8', Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]), 400, 'ERR_MALFORMED_BODY', 'line 2'],
    ['too deep', `1\n${'['.repeat(1000)}\n`, 400, 'ERR_MALFORMED_BODY', 'line 2, column 513: nested deeper'],
    [
      'too long',
      `1\n"${'x'.repeat(2 ** 20)}`,
      413,
      'ERR_BODY_TOO_LARGE',
      'line 2, the line is longer than 1048576',
    ],
  ])('that is %s says so, and how many were taken', async (_what, body, status, code, detail) => {
    const before = await counted('quick', 'events_accepted_total')
    expect(await fed('quick', body)).toMatchObject({
      status,
      json: { code, accepted: 1, duplicates: 0, durability: 'memory', line: 2, started: true },
    })
    const { json } = (await fed('quick', body)) as { json: { detail: string } }
    expect(json.detail).toContain(detail)
    expect(json.detail).toContain('lines before line 2 were taken')
    expect(await counted('quick', 'events_accepted_total')).toBe(before + 2)
  })

  it('whose id had another body before is 422', async () => {
    const key = { 'idempotency-key': 'conflict' }
    expect(await fed('named', '1\n2\n3\n', key)).toMatchObject({ status: 202 })
    expect(await fed('named', '1\n2\n4\n5\n', key)).toMatchObject({
      status: 422,
      json: { code: 'ERR_ID_CONFLICT', accepted: 0, duplicates: 2, line: 3 },
    })
  })
})

describe('a feed with an Idempotency-Key', () => {
  it('can be sent again from its start: what was taken is counted as duplicates', async () => {
    const before = await counted('named', 'events_accepted_total')
    const key = { 'idempotency-key': '"again"' }
    const cut = feed('named', key)
    cut.write(`${lines(0, 1000)}{"n":`)
    await until('named', 'events_accepted_total', before + 1000)
    cut.socket.destroy()
    expect(await fed('named', lines(0, 1500), key)).toMatchObject({
      status: 202,
      json: { accepted: 500, duplicates: 1000 },
    })
    expect(await counted('named', 'events_accepted_total')).toBe(before + 1500)
  })
})

describe('a feed into a stream that is full', () => {
  it.each(['slow', 'strict'])('waits for places, and refuses nothing (%s)', async (stream) => {
    expect(await fed(stream, lines(0, 90))).toMatchObject({ status: 202, json: { accepted: 90 } })
    await until(stream, 'events_delivered_total', 90)
    expect(await running.read(`${stream}.ndjson`)).toBe(lines(0, 90))
  })

  it('pushes out the oldest where the stream does', async () => {
    expect(await fed('newest', lines(0, 100))).toMatchObject({ status: 202, json: { accepted: 100 } })
    expect(await counted('newest', 'events_evicted_total')).toBeGreaterThan(80)
  })

  it('keeps to the ingress rate by waiting', async () => {
    const startMs = performance.now()
    expect(await fed('capped', lines(0, 60))).toMatchObject({ status: 202, json: { accepted: 60 } })
    expect(performance.now() - startMs).toBeGreaterThan(400)
  })
})

describe('a feed that does not come to its end', () => {
  it('is 408 when nothing comes, says how many were taken, and empty lines keep it open', async () => {
    const client = new FeedClient(hasty.port, 'quick')
    client.write('1\n2\n')
    // Longer together than the patience with a client that sends nothing, and each far below it.
    for (let i = 0; i < 6; i++) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      client.write('\n')
    }
    expect(client.received).toBe('')
    expect(await client.answer()).toMatchObject({
      status: 408,
      json: { code: 'ERR_REQUEST_TIMEOUT', accepted: 2, line: 3 },
    })
    await client.closed
  })

  it('is 408 when it lasts too long, be it that it waits for places', async () => {
    const client = new FeedClient(hasty.port, 'stuck')
    client.write(lines(0, 1000))
    const answer = await client.answer()
    expect(answer).toMatchObject({ status: 408, json: { code: 'ERR_REQUEST_TIMEOUT' } })
    const { accepted } = answer.json as { accepted: number }
    const scrape = await hasty.scrape()
    expect(accepted).toBe(scrape.sum('events_accepted_total', { stream: 'stuck' }))
    expect(scrape.imbalance('stuck')).toEqual({ requests: 0, events: 0 })
    expect(accepted).toBeGreaterThan(0)
  })

  it('is 503 when the gateway stops, whether it waits for places or for lines', async () => {
    await using stopping = await RunningGateway.start(STUCK_YAML)
    const [waiting, idle] = [new FeedClient(stopping.port, 'stuck'), new FeedClient(stopping.port, 'quick')]
    waiting.write(lines(0, 1000))
    idle.write('1\n2\n{"half":')
    const taken = async (stream: string): Promise<number> =>
      (await stopping.scrape()).sum('events_accepted_total', { stream })
    while ((await taken('stuck')) < 10 || (await taken('quick')) < 2);
    const stopped = stopping.stop()
    const json = { code: 'ERR_CLOSED', retryable: true, duplicates: 0 }
    expect(await idle.answer()).toMatchObject({ status: 503, json: { ...json, accepted: 2, line: 3 } })
    const answer = await waiting.answer()
    expect(answer).toMatchObject({ status: 503, json })
    const { undelivered } = await stopped
    const { accepted } = answer.json as { accepted: number }
    const delivered = (await stopping.read('stuck.ndjson')).split('\n').length - 1
    expect(delivered + undelivered).toBe(accepted)
    expect(waiting.received).toContain('\r\nConnection: close\r\n')
  })

  it('is answered when its client has ended its side in the middle of a line', async () => {
    const client = feed('quick')
    client.write('1\n2\n{"half":')
    client.socket.end()
    expect(await client.answer()).toMatchObject({
      status: 400,
      json: { code: 'ERR_MALFORMED_REQUEST', accepted: 2, line: 3, started: true },
    })
    await client.closed
  })

  it('is 202 when its client has ended its side behind the end, while lines still wait for places', async () => {
    const before = await counted('slow', 'events_accepted_total')
    const client = feed('slow')
    client.write(lines(0, 150))
    client.end()
    client.socket.end()
    expect(await client.answer()).toMatchObject({ status: 202, json: { accepted: 150 } })
    expect(await counted('slow', 'events_accepted_total')).toBe(before + 150)
    await client.closed
  })

  it('is refused in its own words when a chunk is malformed, with what came before taken', async () => {
    const client = feed('quick')
    client.write('1\n2\n')
    client.socket.write('zz\r\n')
    expect(await client.answer()).toMatchObject({
      status: 400,
      json: { code: 'ERR_MALFORMED_REQUEST', accepted: 2, line: 3 },
    })
  })

  it('is 400 when its compression is broken, with the lines before that taken', async () => {
    const client = feed('quick', { 'content-encoding': 'gzip' })
    const whole = gzipSync(lines(0, 100))
    client.write(Buffer.concat([whole, Buffer.from('garbage')]))
    client.end()
    const answer = await client.answer()
    expect(answer).toMatchObject({ status: 400, json: { code: 'ERR_MALFORMED_BODY' } })
    const cut = await fed('quick', whole.subarray(0, -4), { 'content-encoding': 'gzip' })
    expect(cut).toMatchObject({ status: 400, json: { code: 'ERR_MALFORMED_BODY' } })
  })
})

describe('a compressed feed', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('has not ended with its stream, but with its request: %s', async (coding, compress) => {
    const before = await counted('quick', 'events_accepted_total')
    const client = feed('quick', { 'content-encoding': coding })
    client.write(compress(lines(0, 10)))
    await until('quick', 'events_accepted_total', before + 10)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(client.received).toBe('')
    client.end()
    expect(await client.answer()).toMatchObject({ status: 202, json: { accepted: 10 } })
  })

  it.each([
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is 400 when something follows later, its lines taken: %s', async (coding, compress) => {
    const before = await counted('quick', 'events_accepted_total')
    const client = feed('quick', { 'content-encoding': coding })
    client.write(compress(lines(0, 10)))
    await until('quick', 'events_accepted_total', before + 10)
    client.write('more')
    expect(await client.answer()).toMatchObject({
      status: 400,
      json: { code: 'ERR_MALFORMED_BODY', accepted: 10, detail: expect.stringContaining('4 bytes follow') },
    })
  })

  it('may be of several gzip members, however far apart', async () => {
    const before = await counted('quick', 'events_accepted_total')
    const client = feed('quick', { 'content-encoding': 'gzip' })
    for (let n = 0; n < 3; n++) {
      client.write(gzipSync(lines(n, n + 1)))
      await until('quick', 'events_accepted_total', before + n + 1)
    }
    client.end()
    expect(await client.answer()).toMatchObject({ status: 202, json: { accepted: 3 } })
  })
})

describe('a feed that is no feed', () => {
  it('is refused on its headers: type, coding, key, method', async () => {
    const refusal = async (headers: Record<string, string>): Promise<unknown> =>
      (await feed('quick', headers).answer()).json
    expect(await refusal({ 'content-type': 'application/json' })).toMatchObject({
      code: 'ERR_UNSUPPORTED_MEDIA_TYPE',
    })
    expect(await refusal({ 'content-encoding': 'zstd' })).toMatchObject({ code: 'ERR_UNSUPPORTED_ENCODING' })
    expect(await refusal({ 'idempotency-key': '""' })).toMatchObject({ code: 'ERR_MALFORMED_HEADER' })
    expect(await running.request('GET', '/v1/streams/quick/feed')).toMatchObject({ status: 405 })
    expect(await running.request('POST', '/v1/streams/none/feed')).toMatchObject({ status: 404 })
  })

  it('is 503 when feeds hold their share of the memory for bodies, and requests are still taken', async () => {
    const feeds = Array.from({ length: 80 }, () => feed('quick'))
    await until('quick', 'requests_waiting', 80)
    expect((await feed('quick').answer()).json).toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
    expect((await running.post('quick', '{}')).status).toBe(202)
    for (const { socket } of feeds) socket.destroy()
    await until('quick', 'requests_waiting', 0)
    expect((await running.scrape()).sum('body_bytes')).toBe(0)
  })
})
