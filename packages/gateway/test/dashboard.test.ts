/**
 * What an operator does on the dashboard, in a real browser against a real
 * gateway: change, pause, look at dead letters, replay and purge them, sign in;
 * and what the page says when the gateway is gone.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GatewayState } from '../src/protocol/state.ts'
import { DashboardPage, hasBrowser, type Look, openBrowser } from './dashboard-page.ts'
import { answers, RecordingSink } from './delivery-faults/recording-sink.ts'
import { GatewayProcess } from './gateway-process.ts'

let browser: Browser
let folder: string
let sink: RecordingSink
let gateway: GatewayProcess
let url: string
let adminUrl: string

beforeAll(async () => {
  if (hasBrowser) browser = await openBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  sink = await RecordingSink.open()
  await start()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sink.close()
  await rm(folder, { recursive: true, force: true })
})

async function start(extra = '', adminPort = '0'): Promise<void> {
  const config = join(folder, 'spillway.yaml')
  await writeFile(
    config,
    `dataDir: ${folder}/data
drainTimeoutMs: 0
${extra}
streams:
  hooks:
    class: critical
    window: { items: 100 }
    backlog: { items: 10000, bytes: 64MiB, maxAgeMs: 86400000 }
    concurrency: 4
    deadLetters: { items: 50 }
    sink: { type: http, url: "${sink.url}" }
`,
  )
  gateway = GatewayProcess.serve('--config', config, '--admin-port', adminPort)
  ;({ url, adminUrl } = await gateway.addresses())
}

async function send(...events: readonly unknown[]): Promise<void> {
  const reply = await fetch(`${url}/v1/streams/hooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  expect(reply.status).toBe(202)
}

async function state(): Promise<GatewayState> {
  return (await (await fetch(`${adminUrl}/api/state`)).json()) as GatewayState
}

const open = (look?: Look): Promise<DashboardPage> => DashboardPage.open(browser, adminUrl, look)

describe.skipIf(!hasBrowser)('an operator on the dashboard', () => {
  it('holds the delivery to a rate, sees the answer, and the gateway keeps to it', async () => {
    const dashboard = await open()
    const { page } = dashboard
    await dashboard.part('Settings of hooks').getByRole('button', { name: 'Change delivery rate' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delivery rate of hooks' })
    await dialog.getByRole('checkbox', { name: 'Hold deliveries to a rate' }).check()
    await dialog.getByLabel('Events a second').fill('fast')
    await dialog.getByText('The rate must be a number above 0, in events a second.').waitFor()
    expect(await dialog.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Events a second').fill('20')
    await dialog.getByLabel('Burst').fill('1')
    await dialog.getByText('Now no limit, then 20 a second, bursts of 1.').waitFor()
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await dialog.getByText('The gateway answers: 20 a second, bursts of 1.').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).click()
    await dashboard.part('Settings of hooks').getByText('20 a second, bursts of 1').waitFor()
    expect((await state()).streams[0]!.settings.rate).toEqual({ ratePerSecond: 20, burst: 1 })

    const sentMs = performance.now()
    await send(...Array.from({ length: 31 }, (_, n) => n))
    await sink.hasDistinct(31)
    // Thirty intervals of 50 ms, however late the first of them arrives.
    expect(sink.arrivals.at(-1)!.atMs - sentMs).toBeGreaterThan(1490)
    expect(dashboard.complaints).toEqual([])
    await dashboard.close()
  })

  it('is shown why a change is refused', async () => {
    const dashboard = await open()
    await dashboard.part('Settings of hooks').getByRole('button', { name: 'Change window' }).click()
    const dialog = dashboard.page.getByRole('dialog')
    await dialog.getByLabel('Events in memory').fill('100000000')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await dialog
      .getByText(/window/i)
      .getByText(/must|at most/)
      .waitFor()
    await dashboard.page.keyboard.press('Escape')
    expect(await dashboard.page.getByRole('dialog').count()).toBe(0)
    await dashboard.close()
  })

  it('pauses the delivery, is told so, and resumes it, with the keyboard alone', async () => {
    const dashboard = await open()
    const { page } = dashboard
    const settings = dashboard.part('Settings of hooks')
    await settings.getByRole('button', { name: 'Pause delivery' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Pause the delivery of hooks?' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('The gateway answers: delivery is paused.').waitFor()
    await page.keyboard.press('Escape')
    await send(1, 2, 3)
    await dashboard.verdict('hooks', 'Stalled', 10_000)
    await dashboard
      .part('Diagnosis of hooks')
      .getByText(/paused by an operator/)
      .first()
      .waitFor()
    expect(sink.arrivals).toHaveLength(0)
    await settings.getByRole('button', { name: 'Resume delivery' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await sink.hasDistinct(3)
    await dashboard.close()
  })

  it('looks at a dead letter, replays it, and it is delivered; purges the others', async () => {
    sink.behaviour = answers(400)
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await send({ n: 1, hostile }, { n: 2 }, { n: 3 })
    const dashboard = await open()
    const { page } = dashboard
    const letters = dashboard.part('Dead letters of hooks')
    await letters.getByRole('row').nth(3).waitFor()
    await letters
      .getByRole('row', { name: /onerror/ })
      .getByRole('button', { name: /^View/ })
      .click()
    const dialog = page.getByRole('dialog')
    expect(JSON.parse(await dialog.getByRole('textbox', { name: 'Payload' }).inputValue())).toEqual({
      n: 1,
      hostile,
    })
    await dialog.getByText('the sink answered 400').waitFor()
    expect(await dashboard.barriers()).toEqual([])
    await dialog.getByRole('button', { name: 'Close' }).click()

    sink.behaviour = answers(200)
    const before = sink.arrivals.length
    await letters
      .getByRole('row', { name: /onerror/ })
      .getByRole('button', { name: /^Replay/ })
      .click()
    await page.getByRole('dialog').getByRole('button', { name: 'Replay' }).click()
    await page.getByRole('dialog').getByText('1 put back.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    while (sink.arrivals.length === before) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(JSON.parse(sink.payloads.at(-1)!)).toEqual({ n: 1, hostile })
    await letters.getByText('2 of at most 50').waitFor()

    await letters.getByRole('button', { name: 'Purge all' }).click()
    await page.getByRole('dialog').getByText('Forgotten for good').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Purge' }).click()
    await page.getByRole('dialog').getByText('2 forgotten.').waitFor()
    await page.keyboard.press('Escape')
    await letters.getByText('Every event that was tried was delivered, or still will be.').waitFor()
    expect((await state()).streams[0]!.events).toMatchObject({ delivered: 1, purged: 2, deadLettered: 0 })
    expect(dashboard.complaints).toEqual([])
    await dashboard.close()
  })
})

describe.skipIf(!hasBrowser)('the dashboard', () => {
  it('says that the connection is lost and since when, shows nothing old as if it were new, and heals by itself', async () => {
    const dashboard = await open()
    const { page } = dashboard
    await send({ n: 1 })
    await dashboard
      .part('Ledgers of hooks')
      .getByRole('row', { name: /^delivered 1/ })
      .waitFor()
    const { port } = new URL(adminUrl)
    gateway.signal('SIGKILL')
    await gateway.ended()

    const banner = dashboard.part('Connection')
    await banner.getByText(/Connection lost since \d\d:\d\d:\d\d/).waitFor({ timeout: 10_000 })
    await banner.getByText('What is shown below is from then.').waitFor()
    await banner.getByText(/Trying again/).waitFor()
    await page.getByRole('status').getByText('Connection to the gateway lost.').waitFor()
    expect(await page.locator('.stale .reservoir').count()).toBe(1)
    expect(await page.getByText('not live').count()).toBe(1)
    expect(await page.getByText('now', { exact: true }).and(page.locator('.chart-time')).count()).toBe(0)
    expect(await page.title()).toBe('Connection lost · Spillway')
    expect(await page.getByRole('button', { name: 'Pause delivery' }).isDisabled()).toBe(true)
    await dashboard.picture('connection-lost-1280-light')

    await start('', port)
    await banner.waitFor({ state: 'detached', timeout: 30_000 })
    await page.getByRole('status').getByText('Connected to the gateway again.').waitFor()
    expect(await page.locator('.stale').count()).toBe(0)
    // The counters are those of the new process: not 1 from before, and no rate out of the difference.
    await dashboard
      .part('Ledgers of hooks')
      .getByRole('row', { name: /^delivered 0/ })
      .waitFor()
    await send({ n: 2 }, { n: 3 })
    await dashboard
      .part('Ledgers of hooks')
      .getByRole('row', { name: /^delivered 2/ })
      .waitFor()
    expect(dashboard.complaints.filter((complaint) => !complaint.includes('net::ERR_'))).toEqual([])
    await dashboard.close()
  })

  it('asks for the token where there is one, and keeps it in the tab alone', async () => {
    await gateway[Symbol.asyncDispose]()
    await start('adminToken: "a-token-of-thirty-two-characters"')
    const dashboard = await open({ width: 390 })
    const { page } = dashboard
    await page.getByLabel('Admin token').fill('another')
    expect(await dashboard.barriers()).toEqual([])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('The gateway does not know this token.').waitFor()
    await page.getByLabel('Admin token').fill('a-token-of-thirty-two-characters')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await dashboard.verdict('hooks', 'Healthy', 10_000)
    expect(
      await page.evaluate('JSON.stringify(localStorage) + document.cookie + location.href'),
    ).not.toContain('thirty-two')
    await page.reload()
    await dashboard.verdict('hooks', 'Healthy', 10_000)
    expect(dashboard.complaints.filter((complaint) => !complaint.includes('401'))).toEqual([])
    await dashboard.close()
  })

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)(
    'at %s pixels, %s: no barrier, nothing sticks out, every chart is drawn and told',
    async (width, colorScheme) => {
      sink.behaviour = answers(400)
      await send({ n: 1, long: 'x'.repeat(3000) })
      const dashboard = await open({ width, colorScheme })
      const { page } = dashboard
      await dashboard.part('Dead letters of hooks').getByRole('button', { name: /^View/ }).waitFor()
      await page.getByRole('img', { name: /^Depth, in events, last five minutes: depth is 0/ }).waitFor()
      expect(await page.locator('.plot canvas').count()).toBe(4)
      await page.getByText('As a table').first().click()
      await page.getByRole('table', { name: 'Requests a second' }).getByRole('row').nth(2).waitFor()
      expect(await dashboard.sticksOut()).toEqual([])
      expect(await dashboard.barriers()).toEqual([])
      expect(dashboard.complaints).toEqual([])
      await dashboard.close()
    },
  )

  it('begins for the keyboard with a way past the head of the page', async () => {
    const dashboard = await open()
    await dashboard.verdict('hooks', 'Healthy', 10_000)
    await dashboard.page.keyboard.press('Tab')
    await dashboard.page.keyboard.press('Enter')
    await dashboard.page.keyboard.press('Tab')
    expect(await dashboard.page.evaluate('document.activeElement.getAttribute("href")')).toBe('#/hooks')
    await dashboard.close()
  })

  it('shows itself light or dark as the reader chooses, and remembers it', async () => {
    const dashboard = await open({ colorScheme: 'light' })
    const ground = (): Promise<string> =>
      dashboard.page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor')
    const light = await ground()
    const choice = dashboard.page.getByRole('button', { name: /^Colours:/ })
    await choice.click()
    await choice.click()
    const dark = await ground()
    expect(dark).not.toBe(light)
    await dashboard.page.reload()
    await dashboard.page.getByRole('button', { name: 'Colours: dark. Change to auto.' }).waitFor()
    expect(await ground()).toBe(dark)
    await dashboard.close()
  })
})
