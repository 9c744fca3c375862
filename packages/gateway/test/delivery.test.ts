import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { RunningGateway } from './running-gateway.ts'
import { Scrape } from './scrape.ts'

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
    const scrape = new Scrape(await (await fetch(`${running.adminUrl}/metrics`)).text())
    expect(scrape.imbalance(stream)).toEqual({ requests: 0, events: 0 })
    if (scrape.sum('events_queued', { stream }) + scrape.sum('events_in_flight', { stream }) === 0)
      return scrape
  }
}

describe('a gateway without a configuration of streams', () => {
  it('delivers 4,000 lines of an access log, in order, byte for byte', async () => {
    await using running = await RunningGateway.start('')
    const events = await accessLogEvents()
    expect(events).toHaveLength(4000)
    const reply = await running.post('events', `${events.join('\n')}\n`, 'application/x-ndjson')
    expect(reply).toMatchObject({
      status: 202,
      json: { accepted: 4000, duplicates: 0, durability: 'memory' },
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
