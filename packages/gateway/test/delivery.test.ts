import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { RunningGateway } from './running-gateway.ts'
import type { Scrape } from './scrape.ts'

/** The lines of a web server's log as events, a JSON object each. */
async function accessLogEvents(): Promise<readonly string[]> {
  const log = gunzipSync(await readFile(new URL('fixtures/access.log.gz', import.meta.url))).toString('utf8')
  const pattern = /^(\S+) \S+ (\S+) \[([^\]]+)\] "(.*?)" (\d{3}) (\S+)/
  return log
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const [, client, user, time, request, status, bytes] = pattern.exec(line) ?? []
      return JSON.stringify({ index, client, user, time, request, status, bytes, line })
    })
}

async function drained(running: RunningGateway, stream: string): Promise<Scrape> {
  for (;;) {
    const scrape = await running.scrape()
    expect(scrape.imbalance(stream)).toEqual({ requests: 0, events: 0 })
    if (scrape.sum('events_queued', { stream }) + scrape.sum('events_in_flight', { stream }) === 0)
      return scrape
  }
}

/** Waits until a stream has delivered so many. */
async function delivered(running: RunningGateway, stream: string, count: number): Promise<void> {
  while ((await running.scrape()).sum('events_delivered_total', { stream }) < count);
}

describe('a gateway without a configuration of streams', () => {
  it('delivers 4,000 lines of an access log, in order, byte for byte', async () => {
    await using running = await RunningGateway.start('')
    const events = await accessLogEvents()
    expect(events).toHaveLength(4000)
    const reply = await running.post('events', `${events.join('\n')}\n`, 'application/x-ndjson')
    expect(reply).toMatchObject({
      status: 202,
      json: { accepted: 4000, duplicates: 0, durability: 'disk' },
    })
    await drained(running, 'events')
    expect(await running.read('events.ndjson')).toBe(`${events.join('\n')}\n`)
  })

  it('takes a batch of 10,000 events on either stream', async () => {
    await using running = await RunningGateway.start('')
    const batch = JSON.stringify(Array.from({ length: 10_000 }, (_, index) => ({ index })))
    for (const stream of ['events', 'metrics']) {
      expect(await running.post(stream, batch)).toMatchObject({ status: 202, json: { accepted: 10_000 } })
      const scrape = await drained(running, stream)
      expect(scrape.sum('events_delivered_total', { stream })).toBe(10_000)
      const lines = (await running.read(`${stream}.ndjson`)).trimEnd().split('\n')
      expect(lines).toEqual(Array.from({ length: 10_000 }, (_, index) => JSON.stringify({ index })))
    }
  })

  it('keeps the order of requests that follow one another, and of the events within each', async () => {
    await using running = await RunningGateway.start('')
    for (let request = 0; request < 50; request++) {
      const reply = await running.post('events', JSON.stringify([`${request}a`, `${request}b`]))
      expect(reply.status).toBe(202)
    }
    await drained(running, 'events')
    const expected = Array.from({ length: 50 }, (_, request) => `"${request}a"\n"${request}b"\n`)
    expect(await running.read('events.ndjson')).toBe(expected.join(''))
  })

  it('writes a payload with line feeds between its tokens on one line', async () => {
    await using running = await RunningGateway.start('')
    await running.post('events', '{\n  "a": "\\n",\r\n  "b": 2\n}')
    await drained(running, 'events')
    expect(await running.read('events.ndjson')).toBe('{   "a": "\\n",\r   "b": 2 }\n')
  })
})

describe('a stream that drops its oldest', () => {
  it('counts what it evicted, and delivers the newest', async () => {
    await using running = await RunningGateway.start(`
drainTimeoutMs: 0
streams:
  latest: { class: best-effort, window: { items: 3 }, whenFull: drop-oldest, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/latest.ndjson } }
`)
    for (let index = 0; index < 10; index++) {
      expect((await running.post('latest', `{"index":${index}}`)).status).toBe(202)
      if (index === 0) await delivered(running, 'latest', 1)
    }
    let scrape = await running.scrape()
    while (scrape.sum('events_in_flight', { stream: 'latest' }) > 0) scrape = await running.scrape()
    expect(scrape.imbalance('latest')).toEqual({ requests: 0, events: 0 })
    expect(scrape.sum('events_evicted_total', { stream: 'latest', reason: 'full' })).toBe(6)
    expect(scrape.sum('events_queued', { stream: 'latest' })).toBe(3)
  })
})

describe.runIf(process.platform === 'linux')('a sink that cannot be written', () => {
  it('has its events set aside after their attempts, which are counted; no other stream notices', async () => {
    await using running = await RunningGateway.start(`
streams:
  broken: { class: best-effort, window: { items: 100 }, whenFull: block, retry: { attempts: 2, baseMs: 1 }, sink: { type: file, path: /dev/full } }
  sound: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/sound.ndjson } }
`)
    for (const stream of ['broken', 'sound', 'broken']) {
      expect((await running.post(stream, '[1,2,3]')).status).toBe(202)
    }
    await delivered(running, 'sound', 3)
    for (;;) {
      const scrape = await running.scrape()
      expect(scrape.imbalance('broken')).toEqual({ requests: 0, events: 0 })
      if (scrape.sum('events_dead_lettered', { stream: 'broken' }) === 6) break
    }
    expect(await running.read('sound.ndjson')).toBe('1\n2\n3\n')
  })
})
