import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { RecordingClient, reckon } from './delivery-faults/recording-client.ts'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { RunningGateway } from './running-gateway.ts'

/** A volume of 96 MiB, of which the store leaves 64 MiB free. */
const volume = await mkdtemp(join(tmpdir(), 'spillway-full-'))
const isMounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', volume]).status === 0
if (!isMounted) console.warn('SKIPPED: a small volume cannot be mounted here; nothing is known of full disks')

afterAll(async () => {
  if (isMounted) spawnSync('umount', [volume])
  await rm(volume, { recursive: true, force: true })
})

/** Sends events, large ones first, until not even a small one finds room. */
async function fillUp(running: RunningGateway): Promise<void> {
  for (const size of [500_000, 20_000, 1000, 1]) {
    const body = JSON.stringify({ key: 'x', text: 'x'.repeat(size) })
    let reply = await running.post('orders', body)
    while (reply.status === 202) reply = await running.post('orders', body)
    expect(reply).toMatchObject({ status: 503, json: { code: 'ERR_STORE_NO_SPACE' } })
  }
}

describe.skipIf(!isMounted)('a disk that is full', () => {
  it('is answered with 503, and makes the gateway not ready; what was acknowledged is delivered, and then it takes events again', async () => {
    const sink = await RecordingSink.open()
    sink.behaviour = (response) => response.socket?.destroy()
    await using running = await RunningGateway.start(
      `
streams:
  orders:
    class: critical
    window: { items: 100 }
    backlog: { items: 1000000, bytes: 1GiB, maxAgeMs: 86400000 }
    retry: { attempts: 1000000, baseMs: 1, maxMs: 100 }
    orderBy: /key
    sink: { type: http, url: "${sink.url}" }
`,
      volume,
    )
    const filler = join(volume, 'filler')
    await writeFile(filler, Buffer.alloc(30 * 2 ** 20))
    const clients = ['a', 'b'].map((key) => new RecordingClient(key))
    for (const client of clients) client.start(running.url, 'orders')
    await fillUp(running)
    await Promise.all(clients.map((client) => client.stop()))
    // What the clients sent last may have found some room less, or more.
    await fillUp(running)
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(503)
    // Once the first knew, the others were refused before their bodies were read.
    const early = { reason: 'ERR_STORE_NO_SPACE', phase: 'early' }
    expect((await running.scrape()).sum('requests_refused_total', early)).toBeGreaterThan(0)
    await rm(filler)
    while ((await running.post('orders', '{}')).status !== 202)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await fetch(`${running.adminUrl}/readyz`)).status).toBe(200)
    sink.behaviour = answers(200)
    for (;;) {
      const scrape = await running.scrape()
      expect(scrape.imbalance('orders')).toEqual({ requests: 0, events: 0 })
      if (scrape.sum('events_accepted_total') === scrape.sum('events_delivered_total')) break
    }
    const ours = sink.payloads.filter((payload) => payload.includes('"n":'))
    expect(reckon(clients, ours)).toMatchObject({ lost: [], invented: [] })
    await sink.close()
  })
})
