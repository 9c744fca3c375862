import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawClient } from './raw-client.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

const LIMIT_BYTES = 2 ** 20
const YAML = `
bodyLimit: 1MiB
bodyBudget: 4MiB
drainTimeoutMs: 1000
streams:
  door: { class: best-effort, window: { items: 100000 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
  full: { class: best-effort, window: { items: 1 }, whenFull: reject, rate: { ratePerSecond: 0.01 }, sink: { type: file, path: DIR/full.ndjson } }
`
const CODINGS = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const

let running: RunningGateway

beforeAll(async () => {
  running = await RunningGateway.start(YAML)
})

afterAll(() => running[Symbol.asyncDispose]())

function send(coding: string, body: Buffer, type = 'application/json', stream = 'door'): Promise<Reply> {
  const headers = { 'content-type': type, 'content-encoding': coding }
  return running.request('POST', `/v1/streams/${stream}`, { headers, body })
}

/** What the gateway keeps of bodies, once everything is answered. */
async function heldBytes(): Promise<number> {
  return (await running.scrape()).sum('body_bytes')
}

describe.each(CODINGS)('a body in %s', (coding, compress) => {
  it('is taken, the payloads as they were before compression', async () => {
    const events = Array.from({ length: 2000 }, (_, index) =>
      JSON.stringify({ coding, index, text: 'ä'.repeat(9) }),
    )
    const batch = await send(coding, compress(Buffer.from(`[${events.join(',')}]`)))
    expect(batch).toMatchObject({ status: 202, json: { accepted: 2000 } })
    const lines = await send(coding, compress(Buffer.from('1\n2\n3')), 'application/x-ndjson')
    expect(lines).toMatchObject({ status: 202, json: { accepted: 3 } })
    while (!(await running.read('door.ndjson')).includes(`\n${events.at(-1)}\n1\n2\n3\n`));
    expect(await running.read('door.ndjson')).toContain(`${events.join('\n')}\n`)
    expect(await heldBytes()).toBe(0)
  })

  it('is taken at the limit, and is 413 one byte above it', async () => {
    const text = (bytes: number): Buffer => Buffer.from(JSON.stringify('x'.repeat(bytes - 2)))
    const asLine = 'application/x-ndjson'
    expect((await send(coding, compress(text(LIMIT_BYTES)), asLine)).status).toBe(202)
    const above = await send(coding, compress(text(LIMIT_BYTES + 1)), asLine)
    expect(above).toMatchObject({
      status: 413,
      json: { code: 'ERR_BODY_TOO_LARGE', detail: expect.stringContaining('when decompressed') },
    })
    expect(await heldBytes()).toBe(0)
  })

  it('is 400 when it is broken: cut short, empty, damaged, followed by something, or not compressed at all', async () => {
    const good = compress(Buffer.from('{"a":1}'))
    const broken = {
      'ends within its': [good.subarray(0, -1), good.subarray(0, 3), Buffer.alloc(0)],
      'that Content-Encoding announces': [Buffer.from('{"a":1}'), damaged(good)],
      'bytes follow the end of the': [Buffer.concat([good, Buffer.alloc(8)])],
    }
    for (const [detail, bodies] of Object.entries(broken)) {
      for (const body of bodies) {
        const json = { code: 'ERR_MALFORMED_BODY', detail: expect.stringContaining(detail) }
        expect(await send(coding, body)).toMatchObject({ status: 400, json })
      }
    }
    expect(await heldBytes()).toBe(0)
  })

  it('is refused on its headers when the stream is full', async () => {
    await running.fill('full')
    expect((await send(coding, compress(Buffer.from('{}')), 'application/json', 'full')).status).toBe(503)
  })
})

it('takes several gzip members as one body', async () => {
  const body = Buffer.concat([gzipSync('[1,'), gzipSync('2]')])
  expect(await send('gzip', body)).toMatchObject({ status: 202, json: { accepted: 2 } })
})

it('takes deflate in the zlib format alone, and says so', async () => {
  const raw = await send('deflate', deflateRawSync('{"a":1}'))
  expect(raw).toMatchObject({ status: 400, json: { detail: expect.stringContaining('RFC 1950') } })
})

it.each(['zstd', 'gzip, gzip', 'br, gzip'])('is 415 for %j, and tells what is taken', async (coding) => {
  const reply = await send(coding, Buffer.from('{}'))
  expect(reply).toMatchObject({ status: 415, json: { code: 'ERR_UNSUPPORTED_ENCODING' } })
  expect(reply.headers['accept-encoding']).toBe('gzip, deflate, br')
})

it('takes a body that comes in pieces, byte by byte', async () => {
  const client = new RawClient(running.port)
  const body = gzipSync('{"pieces":true}')
  client.send('POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
  client.send('Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n')
  for (const byte of body) {
    client.send(`1\r\n${String.fromCharCode(byte)}\r\n`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  client.send('0\r\n\r\n')
  expect(await client.answers(1)).toEqual(['202'])
  client.socket.destroy()
})

it('answers each of many bombs at once with 413 or 503, and keeps nothing of them', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * LIMIT_BYTES, 0x20))
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => (await send('gzip', bomb)).status),
  )
  expect(statuses.every((status) => status === 413 || status === 503)).toBe(true)
  expect(statuses).toContain(413)
  expect(await heldBytes()).toBe(0)
  expect((await send('gzip', gzipSync('{}'))).status).toBe(202)
})

/** Brotli has no checksum: what is damaged is its first byte. */
function damaged(good: Buffer): Buffer {
  const copy = Buffer.from(good)
  copy[0] = 0xff
  return copy
}
