import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HELD_MS } from '../src/admission/held-answers.ts'
import { RawClient } from './raw-client.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

const KEYS = { slow: 'slow-key-0123456789', hasty: 'hasty-key-0123456789' }
const YAML = `
drainTimeoutMs: 0
tenants:
  - { name: slow, key: ${KEYS.slow}, ratePerSecond: 1, burst: 1 }
  - { name: hasty, key: ${KEYS.hasty}, ratePerSecond: 1, burst: 1 }
streams:
  door: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
`

let running: RunningGateway

beforeEach(async () => {
  running = await RunningGateway.start(YAML)
})

afterEach(() => running[Symbol.asyncDispose]())

async function timed(key: string): Promise<{ reply: Reply; tookMs: number }> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  const startMs = performance.now()
  const reply = await running.request('POST', '/v1/streams/door', { headers, body: '{}' })
  return { reply, tookMs: performance.now() - startMs }
}

function request(key: string): string {
  return `POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-Key: ${key}\r\nContent-Length: 2\r\n\r\n{}`
}

describe('a tenant that sends on, far over its rate', () => {
  it('is told so at once at first, then a moment later', async () => {
    const replies = await Promise.all(Array.from({ length: 40 }, () => timed(KEYS.slow)))
    const refused = replies.filter(({ reply }) => reply.status === 429).map(({ tookMs }) => tookMs)
    expect(refused.length).toBeGreaterThan(30)
    expect(Math.max(...refused)).toBeGreaterThan(HELD_MS - 10)
    expect(Math.max(...refused) - Math.min(...refused)).toBeGreaterThan(HELD_MS / 2)
  })

  it('has its connection closed when it does not even wait for answers', async () => {
    await Promise.all(Array.from({ length: 40 }, () => timed(KEYS.hasty)))
    const client = new RawClient(running.port)
    client.send(request(KEYS.hasty).repeat(500))
    await client.closed
    const statuses = await client.answers(2)
    expect(statuses.length).toBeLessThan(20)
    expect(new Set(statuses)).toEqual(new Set(['429']))
    expect(client.received).toContain('\r\nConnection: close\r\n')
  })
})
