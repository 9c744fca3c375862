import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'

const YAML = `
drainTimeoutMs: 1000
streams:
  door: { class: best-effort, window: { items: 1000 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
`
const HEAD = 'POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

/** Sends bytes, and resolves with the statuses answered until the gateway has closed the connection. */
async function statusesFor(bytes: string): Promise<readonly string[]> {
  const client = new RawClient(running.port)
  client.send(bytes)
  await client.closed
  return Array.from(client.received.matchAll(/HTTP\/1.1 (\d{3}) /g), ([, status]) => status!)
}

/** What has been let in so far. */
async function accepted(): Promise<number> {
  const scrape = await running.scrape()
  expect(scrape.imbalance('door')).toEqual({ requests: 0, events: 0 })
  return scrape.sum('events_accepted_total', { stream: 'door' })
}

describe('a request that two servers could read differently', () => {
  it.each([
    [
      'both a length and chunks',
      `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ['a list of lengths', `${HEAD}Content-Length: 2, 2\r\n\r\n{}`],
    ['a length with a sign', `${HEAD}Content-Length: +2\r\n\r\n{}`],
    ['a space before the colon', `${HEAD}Content-Length : 2\r\n\r\n{}`],
    ['chunks under another name', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`],
    ['a chunk of no length', `${HEAD}Transfer-Encoding: chunked\r\n\r\nz\r\n{}\r\n0\r\n\r\n`],
    ['a NUL in a header', `${HEAD}X: a\0b\r\nContent-Length: 2\r\n\r\n{}`],
  ])('because it has %s is refused, and nothing is let in', async (_what, bytes) => {
    const before = await accepted()
    expect(await statusesFor(bytes)).toEqual(['400'])
    expect(await accepted()).toBe(before)
  })
})

describe('what is pipelined behind a request', () => {
  it('is a request of its own, or ends the connection', async () => {
    const before = await accepted()
    const good = `${HEAD}Content-Length: 2\r\n\r\n{}`
    expect(await statusesFor(`${good}${good}complete nonsense\r\n\r\n`)).toEqual(['202', '202', '400'])
    expect(await accepted()).toBe(before + 2)
  })

  it('is what a length that is too short leaves over: malformed, then nonsense', async () => {
    const before = await accepted()
    expect(await statusesFor(`${HEAD}Content-Length: 3\r\n\r\n{"a":1}\r\n\r\n`)).toEqual(['400', '400'])
    expect(await accepted()).toBe(before)
  })
})

describe('a body', () => {
  it('is refused when it nests 100,000 levels deep, at once', async () => {
    const startMs = performance.now()
    expect((await running.post('door', '['.repeat(100_000))).status).toBe(400)
    expect((await running.post('door', '{"a":'.repeat(100_000))).status).toBe(400)
    expect(performance.now() - startMs).toBeLessThan(2000)
  })

  it('is refused when it is not UTF-8, whatever it claims', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
      const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
      expect((await running.post('door', body)).status).toBe(400)
    }
  })

  it('is delivered as it came when its keys have a meaning for programs, not for the gateway', async () => {
    const body = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}},"a":1,"a":2}'
    expect((await running.post('door', body)).status).toBe(202)
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
    for (;;) if ((await running.read('door.ndjson')).endsWith(`\n${body}\n`)) break
  })
})

describe('a thousand connections that say nothing', () => {
  it('keep nobody else out', async () => {
    const idle = Array.from({ length: 1000 }, () => new RawClient(running.port))
    expect((await running.post('door', '{}')).status).toBe(202)
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200)
    for (const { socket } of idle) socket.destroy()
  })
})
