/**
 * A queue that is too small, on the dashboard of a real gateway: bursts, each larger than the window, of which the
 * consumer could have digested everything. The delivery keeps a rate, and a burst is three requests: of hundreds a busy
 * machine makes a standstill of its own, which the diagnosis then names, and rightly.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Receipt } from '../src/protocol/receipt.ts'
import { DashboardPage, hasBrowser, openBrowser } from './dashboard-page.ts'
import { GatewayProcess } from './gateway-process.ts'

const CONFIG = `
drainTimeoutMs: 0
streams:
  metrics:
    class: best-effort
    window: { items: 100 }
    whenFull: reject
    rate: { ratePerSecond: 200, burst: 1 }
    concurrency: 8
    sink: { type: file, path: FOLDER/metrics.ndjson }
`

describe.skipIf(!hasBrowser)('a stream whose bursts are larger than its window', () => {
  let browser: Browser
  let folder: string
  let gateway: GatewayProcess
  let url: string
  let adminUrl: string
  let dashboard: DashboardPage

  beforeAll(async () => {
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spillway-'))
    const config = join(folder, 'spillway.yaml')
    await writeFile(config, `dataDir: ${folder}/data\n${CONFIG.replace('FOLDER', folder)}`)
    gateway = GatewayProcess.serve('--config', config, '--admin-port', '0')
    ;({ url, adminUrl } = await gateway.addresses())
    dashboard = await DashboardPage.open(browser, adminUrl)
  })
  afterEach(async () => {
    await gateway[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  /** So many events in one request; how many were taken. */
  async function send(count: number): Promise<number> {
    const headers = { 'content-type': 'application/x-ndjson' }
    const body = '{"n":1}\n'.repeat(count)
    const reply = await fetch(`${url}/v1/streams/metrics`, { method: 'POST', headers, body })
    return reply.status === 202 ? ((await reply.json()) as Receipt).accepted : 0
  }

  it('is called that, with the window that would do, and what it adds to the wait', async () => {
    // The usual life: 40 events a second.
    for (let n = 0; n < 10; n++) {
      expect(await send(20)).toBe(20)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const burst = await Promise.all([send(90), send(90), send(90)])
    expect(Math.min(...burst)).toBeLessThan(90)
    await dashboard.verdict('metrics', 'Queue too small', 15_000)
    const diagnosis = dashboard.part('Diagnosis of metrics')
    await diagnosis.getByText('Bursts overflow the 100 places of the stream').waitFor()
    await diagnosis
      .getByText(/Raise window\.items from 100 to \d{3}: that adds up to .* of waiting/)
      .waitFor()
    expect(await dashboard.barriers()).toEqual([])
    await dashboard.picture('queue-too-small-1280-light')
    const narrow = await DashboardPage.open(browser, adminUrl, { width: 390, colorScheme: 'dark' })
    await narrow.verdict('metrics', 'Queue too small', 10_000)
    expect(await narrow.sticksOut()).toEqual([])
    await narrow.picture('queue-too-small-390-dark', 1500)
    expect([...dashboard.complaints, ...narrow.complaints]).toEqual([])
  })
})
