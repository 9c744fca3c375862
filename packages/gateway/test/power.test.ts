import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { seededRandom } from 'spillway/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RecordingClient, reckon } from './delivery-faults/recording-client.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { RawClient } from './raw-client.ts'
import { buildInterposer, FlushControl } from './store-faults/flush-control.ts'
import { layOutAfterPowerFailure } from './store-faults/power-failure.ts'

const NO_FLUSH = fileURLToPath(new URL('delivery-faults/no-flush.mjs', import.meta.url))
const REQUEST =
  'POST /v1/streams/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"a":1}'

const workshop = await mkdtemp(join(tmpdir(), 'spillway-power-'))
const library = buildInterposer(workshop)

afterAll(() => rm(workshop, { recursive: true, force: true }))

describe.skipIf(library === undefined)('a gateway whose flushes are held', () => {
  let program: string
  let folder: string
  let sink: RecordingSink
  let control: FlushControl
  let server: GatewayProcess

  beforeAll(async () => {
    program = await buildGateway()
  })
  afterAll(() => rm(program, { force: true }))

  beforeEach(async () => {
    folder = await mkdtemp(join(workshop, 'run-'))
    sink = await RecordingSink.open()
    control = new FlushControl(folder, library ?? '')
  })
  afterEach(async () => {
    control.set('pass')
    await server[Symbol.asyncDispose]()
    control.close()
    await sink.close()
  })

  async function start(
    dataDir: string,
    preload?: string,
  ): Promise<{ url: string; port: number; adminUrl: string }> {
    const config = join(folder, 'power.yaml')
    await writeFile(
      config,
      `dataDir: ${dataDir}
streams:
  orders:
    class: critical
    window: { items: 100 }
    backlog: { items: 100000, bytes: 64MiB, maxAgeMs: 86400000 }
    orderBy: /key
    concurrency: 4
    sink: { type: http, url: "${sink.url}" }
`,
    )
    const { environment } = control
    server = GatewayProcess.serveFrom({ program, environment, preload }, '--config', config)
    const addresses = await server.addresses()
    return { ...addresses, port: Number(new URL(addresses.url).port) }
  }

  /** A client that has sent an event while flushes are held. */
  function sendWhileHeld(port: number): RawClient {
    control.set('hold')
    const client = new RawClient(port)
    client.send(REQUEST)
    return client
  }

  it('sends not a byte of a 202 before the flush has returned', async () => {
    const { port } = await start(join(folder, 'data'))
    const { started } = control.counts()
    const client = sendWhileHeld(port)
    while (control.counts().started === started) await new Promise((resolve) => setTimeout(resolve, 5))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(client.received).toBe('')
    control.set('pass')
    expect(await client.answers(1)).toEqual(['202'])
    client.socket.destroy()
  })

  it('that leaves the flush out sends its 202 too early: the test above would fail', async () => {
    const { port } = await start(join(folder, 'data'), NO_FLUSH)
    const client = sendWhileHeld(port)
    expect(await client.answers(1)).toEqual(['202'])
    client.socket.destroy()
  })

  it('answers 503 after a flush that failed, is not ready, and says why', async () => {
    const { port, adminUrl } = await start(join(folder, 'data'))
    control.set('fail')
    for (const [sent, status] of [
      [1, '503'],
      [2, '503'],
    ] as const) {
      const client = new RawClient(port)
      client.send(REQUEST)
      expect([sent, await client.answers(1)]).toEqual([sent, [status]])
      client.socket.destroy()
    }
    control.set('pass')
    const ready = await fetch(`${adminUrl}/readyz`)
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringMatching(/flush|disk/)])
  })

  it.each([1, 2])('delivers every acknowledged event after the power failed (seed %i)', async (seed) => {
    const seen = join(folder, 'data')
    const { url } = await start(seen)
    const clients = ['a', 'b', 'c'].map((key) => new RecordingClient(key))
    for (const client of clients) client.start(url, 'orders')
    await new Promise((resolve) => setTimeout(resolve, 300))
    while (clients.some(({ acknowledged }) => acknowledged.length === 0)) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    server.signal('SIGKILL')
    await Promise.all(clients.map((client) => client.stop()))
    await server.ended()
    const left = join(folder, 'left')
    const store = join(left, 'store')
    layOutAfterPowerFailure(
      { seen: join(seen, 'store'), shadow: control.shadow, random: seededRandom(seed) },
      store,
    )
    await rm(join(store, 'lock'), { force: true })
    const { adminUrl } = await start(left)
    for (;;) {
      const text = await (await fetch(`${adminUrl}/metrics`)).text()
      const left = ['queued', 'in_flight', 'retrying'].map((what) =>
        new RegExp(`^spillway_events_${what}\\{.*\\} 0$`, 'm').test(text),
      )
      if (left.every(Boolean)) break
    }
    expect(reckon(clients, sink.payloads)).toEqual({ lost: [], invented: [], outOfOrder: [] })
    expect(clients.every(({ acknowledged }) => acknowledged.length > 0)).toBe(true)
  })
})
