import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Behaviour, RecordingSink } from './delivery-faults/recording-sink.ts'
import { GatewayProcess } from './gateway-process.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const EVENTS = Array.from({ length: 40 }, (_, index) => JSON.stringify({ index }))

/** A gateway with one stream in memory. */
async function withStream(name: string, drainTimeoutMs: number, settings: string): Promise<GatewayProcess> {
  const file = join(folder, `${name}.yaml`)
  const stream = `class: best-effort, window: { items: 100 }, whenFull: block, ${settings}`
  await writeFile(file, `drainTimeoutMs: ${drainTimeoutMs}\nstreams:\n  slow: { ${stream} }\n`)
  return GatewayProcess.serve('--config', file)
}

/** The same, whose stream delivers one event a second: no machine is so slow that it has delivered all of them. */
function paced(name: string, drainTimeoutMs: number): Promise<GatewayProcess> {
  const sink = `sink: { type: file, path: ${join(folder, name)}.ndjson }`
  return withStream(name, drainTimeoutMs, `rate: { ratePerSecond: 1 }, ${sink}`)
}

async function post(url: string, body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/v1/streams/slow`, { method: 'POST', headers, body })
}

describe('SIGTERM', () => {
  it('makes the gateway not ready, refuses with Connection: close, delivers what was accepted, and ends with 0', async () => {
    const sink = await RecordingSink.open()
    const held: (() => void)[] = []
    const answer: Behaviour = (response) => void response.writeHead(200).end()
    sink.behaviour = (...delivery) => held.push(() => answer(...delivery))
    await using server = await withStream('clean', 60_000, `sink: { type: http, url: "${sink.url}" }`)
    const { url, adminUrl } = await server.addresses()
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200)
    expect((await post(url, `[${EVENTS.join(',')}]`)).status).toBe(202)
    server.signal('SIGTERM')
    await server.said(/"stopping"/)
    expect((await fetch(`${adminUrl}/livez`)).status).toBe(200)
    expect((await fetch(`${adminUrl}/readyz`)).status).toBe(503)
    const refused = await post(url, '{}')
    expect(refused.status).toBe(503)
    expect(refused.headers.get('connection')).toBe('close')
    expect(refused.headers.get('retry-after')).toMatch(/^[123]$/)
    expect(await refused.json()).toMatchObject({ code: 'ERR_CLOSED', started: false })
    // What it was held up by until here.
    sink.behaviour = answer
    for (const letGo of held) letGo()
    expect((await server.ended()).code).toBe(0)
    expect([...new Set(sink.payloads)].toSorted()).toEqual(EVENTS.toSorted())
    await sink.close()
  })

  it('ends with 1 at the deadline when accepted events are undelivered, and says how many', async () => {
    await using server = await paced('late', 100)
    const { url } = await server.addresses()
    expect((await post(url, `[${EVENTS.join(',')}]`)).status).toBe(202)
    server.signal('SIGTERM')
    const { code, stderr } = await server.ended()
    expect(code).toBe(1)
    const [, undelivered] = /stopped; accepted and undelivered: (\d+)/.exec(stderr) ?? []
    const delivered = (await readFile(join(folder, 'late.ndjson'), 'utf8')).split('\n').length - 1
    expect(delivered + Number(undelivered)).toBe(EVENTS.length)
  })

  it('ends with 0 at the deadline when what is undelivered is on the disk, and the next start delivers it', async () => {
    const file = join(folder, 'stored.yaml')
    const config = (ratePerSecond: number): string => `drainTimeoutMs: 50
dataDir: ${folder}/stored
streams:
  slow:
    class: critical
    window: { items: 10 }
    backlog: { items: 100, bytes: 1MiB, maxAgeMs: 86400000 }
    rate: { ratePerSecond: ${ratePerSecond}, burst: 1 }
    sink: { type: file, path: ${folder}/stored.ndjson }
`
    await writeFile(file, config(10))
    await using first = GatewayProcess.serve('--config', file)
    expect((await post((await first.addresses()).url, `[${EVENTS.join(',')}]`)).status).toBe(202)
    first.signal('SIGTERM')
    const { code, stderr } = await first.ended()
    expect([code, stderr]).toEqual([0, expect.stringContaining('delivered after the next start')])
    await writeFile(file, config(10_000))
    await using second = GatewayProcess.serve('--config', file)
    const { adminUrl } = await second.addresses()
    for (let text = ''; !text.includes('events_queued{stream="slow"} 0'); ) {
      text = await (await fetch(`${adminUrl}/metrics`)).text()
    }
    second.signal('SIGTERM')
    expect((await second.ended()).code).toBe(0)
    const lines = (await readFile(join(folder, 'stored.ndjson'), 'utf8')).trimEnd().split('\n')
    expect([...new Set(lines)]).toEqual(EVENTS)
  })

  it('ends the process at once when it comes a second time', async () => {
    await using server = await paced('twice', 600_000)
    const { url } = await server.addresses()
    const body = `[${Array.from({ length: 100 }, () => '1').join(',')}]`
    await post(url, body)
    server.signal('SIGTERM')
    await server.said(/"stopping"/)
    const before = performance.now()
    server.signal('SIGTERM')
    expect((await server.ended()).code).toBe(1)
    // It would deliver for a minute and a half.
    expect(performance.now() - before).toBeLessThan(20_000)
  })
})
