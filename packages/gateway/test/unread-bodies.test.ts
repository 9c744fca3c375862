import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'
import { Scrape } from './scrape.ts'

const YAML = `
bodyLimit: 8MiB
drainTimeoutMs: 0
streams:
  quick: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/quick.ndjson } }
  patient: { class: best-effort, window: { items: 1 }, whenFull: block, enqueueTimeoutMs: 1000000, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/patient.ndjson } }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
`

/** Waits so long for more of a body: a busy machine may stop for a while between two pieces of an even trickle. */
const HASTY_MS = 250

let running: RunningGateway

beforeEach(async () => {
  running = await RunningGateway.start(YAML)
})

afterEach(() => running[Symbol.asyncDispose]())

function head(stream: string, headers: string): string {
  return `POST /v1/streams/${stream} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n`
}

describe('a request that is refused before its body was read', () => {
  beforeEach(() => running.fill('full'))

  it('keeps its connection when the body is small', async () => {
    const client = new RawClient(running.port)
    client.send(`${head('full', 'Content-Length: 10\r\n')}{"a":`)
    expect(await client.answers(1)).toEqual(['503'])
    client.send(`1234}${head('quick', 'Content-Length: 2\r\n')}{}`)
    expect(await client.answers(2)).toEqual(['503', '202'])
    expect(client.received).not.toContain('Connection: close')
    client.socket.destroy()
  })

  it('is answered whole and closed, the body not read to its end, when that is above the limit', async () => {
    const client = new RawClient(running.port)
    const announced = 2 ** 40
    client.send(head('quick', `Content-Length: ${announced}\r\n`))
    const chunk = Buffer.alloc(64 * 2 ** 10, 0x20)
    const feeding = setInterval(() => client.socket.write(chunk), 1)
    await client.closed
    clearInterval(feeding)
    expect(client.received).toMatch(/^HTTP\/1.1 413 /)
    expect(client.received).toContain('\r\nConnection: close\r\n')
    expect(JSON.parse(client.received.split('\r\n\r\n')[1]!)).toMatchObject({
      code: 'ERR_BODY_TOO_LARGE',
      started: false,
    })
    expect(client.socket.bytesWritten).toBeLessThan(64 * 2 ** 20)
  })

  it('is closed when its chunked body grows above the limit', async () => {
    const client = new RawClient(running.port)
    client.send(head('quick', 'Transfer-Encoding: chunked\r\n'))
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`
    const feeding = setInterval(() => client.send(chunk), 1)
    await client.closed
    clearInterval(feeding)
    expect(client.received).toMatch(/^HTTP\/1.1 413 .*"ERR_BODY_TOO_LARGE"/s)
    expect(client.socket.bytesWritten).toBeLessThan(64 * 2 ** 20)
  })

  it('is told so before it sent anything when it asked with Expect: 100-continue', async () => {
    const client = new RawClient(running.port)
    client.send(head('full', 'Content-Length: 1000000\r\nExpect: 100-continue\r\n'))
    await client.closed
    expect(await client.answers(1)).toEqual(['503'])
    expect(client.received).toContain('\r\nConnection: close\r\n')
  })
})

describe('a request with Expect: 100-continue', () => {
  it('is asked for its body when there is a place', async () => {
    const client = new RawClient(running.port)
    client.send(head('quick', 'Content-Length: 2\r\nExpect: 100-continue\r\n'))
    expect(await client.answers(1)).toEqual(['100'])
    client.send('{}')
    expect(await client.answers(2)).toEqual(['100', '202'])
    client.socket.destroy()
  })
})

describe('a request that never ends', () => {
  it('is 408 when its body stalls', async () => {
    await using hasty = await RunningGateway.start(`bodyTimeoutMs: ${HASTY_MS}${YAML}`)
    const client = new RawClient(hasty.port)
    client.send(`${head('quick', 'Content-Length: 100000\r\n')}{"a":`)
    await client.closed
    expect(client.received).toMatch(/^HTTP\/1.1 408 .*"ERR_REQUEST_TIMEOUT"/s)
  })

  it('is 408 when its body trickles in, however evenly', async () => {
    await using hasty = await RunningGateway.start(`bodyTimeoutMs: ${HASTY_MS}${YAML}`)
    const client = new RawClient(hasty.port)
    client.send(`${head('quick', 'Content-Length: 100000\r\n')}{"a":`)
    const trickle = setInterval(() => client.send(' '), 20)
    await client.closed
    clearInterval(trickle)
    expect(client.received).toMatch(/^HTTP\/1.1 408 .*"ERR_REQUEST_TIMEOUT"/s)
    expect(client.received).toContain(`the body was not whole after ${12 * HASTY_MS} ms`)
  })
})

describe('a request that is none, or is given up', () => {
  it('is 400 when it is not HTTP, 431 when its headers are too large, as problem documents too', async () => {
    const [nonsense, wordy] = [new RawClient(running.port), new RawClient(running.port)]
    nonsense.send('these are not the words\r\n\r\n')
    wordy.send(head('quick', `X-Long: ${'x'.repeat(20_000)}\r\n`))
    await Promise.all([nonsense.closed, wordy.closed])
    expect(nonsense.received).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*"ERR_MALFORMED_REQUEST"/s)
    expect(wordy.received).toMatch(/^HTTP\/1.1 431 .*application\/problem\+json.*"ERR_HEADERS_TOO_LARGE"/s)
  })

  it('is counted as abandoned when the client leaves in the middle of its body', async () => {
    const client = new RawClient(running.port)
    client.send(`${head('quick', 'Content-Length: 100\r\n')}{"a":`)
    await scraped('spillway_requests_waiting{stream="quick"} 1')
    client.socket.destroy()
    await scraped('spillway_requests_abandoned_total{stream="quick"} 1')
  })

  it('is counted as abandoned when the client leaves while it waits for a place, and nothing of it is taken', async () => {
    for (let i = 0; i < 2; i++) expect((await running.post('patient', '{}')).status).toBe(202)
    const client = new RawClient(running.port)
    client.send(`${head('patient', 'Content-Length: 2\r\n')}{}`)
    await scraped('spillway_requests_waiting{stream="patient"} 1')
    client.socket.destroy()
    const text = await scraped('spillway_requests_abandoned_total{stream="patient"} 1')
    expect(text).toContain('\nspillway_events_accepted_total{stream="patient"} 2\n')
    expect(new Scrape(text).imbalance('patient')).toEqual({ requests: 0, events: 0 })
  })

  it('is counted as abandoned as well when it is in line behind another one of its connection', async () => {
    const client = new RawClient(running.port)
    for (let i = 0; i < 2; i++) expect((await running.post('patient', '{}')).status).toBe(202)
    client.send(`${head('patient', 'Content-Length: 2\r\n')}{}`.repeat(12))
    await scraped('spillway_requests_waiting{stream="patient"} 12')
    client.socket.destroy()
    await scraped('spillway_requests_abandoned_total{stream="patient"} 12')
  })
})

/** Scrapes until a line is there. */
async function scraped(line: string): Promise<string> {
  for (;;) {
    const text = await (await fetch(`${running.adminUrl}/metrics`)).text()
    if (text.includes(`\n${line}\n`)) return text
  }
}
