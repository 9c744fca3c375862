/**
 * The dashboard under `--demo`, through its whole story, with the eyes of a
 * browser; and what is left of the demo when it was stopped, or killed.
 *
 * `SPILLWAY_SCREENSHOTS=DIR` keeps pictures of what it sees.
 */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DashboardPage, hasBrowser, openBrowser } from './dashboard-page.ts'
import { GatewayProcess } from './gateway-process.ts'

/** For what a scene brings, on a busy machine. */
const SCENE_MS = 60_000

const demoFolders = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('spillway-demo-'))

describe.skipIf(!hasBrowser)('the dashboard of the demo', () => {
  let browser: Browser
  let demo: GatewayProcess
  let adminUrl: string
  let wide: DashboardPage
  let narrow: DashboardPage

  beforeAll(async () => {
    browser = await openBrowser()
    demo = GatewayProcess.serve('--demo')
    adminUrl = (await demo.addresses()).adminUrl
    wide = await DashboardPage.open(browser, adminUrl)
    narrow = await DashboardPage.open(browser, adminUrl, { width: 390, colorScheme: 'dark' })
  })
  afterAll(async () => {
    await browser.close()
    await demo[Symbol.asyncDispose]()
  })

  it('begins in calm: every stream is healthy, events come and go', async () => {
    for (const stream of ['orders', 'clicks', 'metrics']) await wide.verdict(stream, 'Healthy', 10_000)
    await wide.part('Diagnosis of orders').getByText('Events are delivered as they come.').waitFor()
    await wide
      .part('Flow through orders')
      .getByText(/^[1-9]\d* events\/s delivered$/)
      .waitFor()
    await wide.picture('healthy-1280-light')
  })

  it(
    'says that the consumer is too slow, with evidence and a remedy, and tells a screen reader',
    async () => {
      await wide.verdict('orders', 'Consumer too slow', SCENE_MS)
      const diagnosis = wide.part('Diagnosis of orders')
      await diagnosis.getByText(/^The sink has become slow: it takes .* a second/).waitFor()
      await diagnosis.getByText(/^What to do .*concurrency/).waitFor()
      await diagnosis.getByText(/of 300 places are taken$/).waitFor()
      await wide.page.getByRole('status').getByText('Stream orders: the consumer is too slow.').waitFor()
      expect(await wide.page.title()).toBe('Consumer too slow (orders) · Spillway')
      await wide
        .part('Ledgers of orders')
        .getByRole('row', { name: /^refused: .*, (before|after) the body/ })
        .first()
        .waitFor()
      await wide.picture('consumer-too-slow-1280-light')
      await narrow.picture('consumer-too-slow-390-dark', 1500)
      expect(await wide.barriers()).toEqual([])
      expect(await narrow.barriers()).toEqual([])
    },
    2 * SCENE_MS,
  )

  it(
    'shows what the consumer refused for good as dead letters',
    async () => {
      const letters = wide.part('Dead letters of orders')
      await letters
        .getByText(/the sink answered 422: this customer is not known yet/)
        .first()
        .waitFor({ timeout: SCENE_MS })
      await wide
        .part('Ledgers of orders')
        .getByRole('row', { name: /^dead letters now [1-9]/ })
        .waitFor()
      expect(await wide.barriers()).toEqual([])
    },
    2 * SCENE_MS,
  )

  it(
    'says that more arrives than the consumer can do, and counts what is dropped',
    async () => {
      await wide.choose('clicks')
      await wide.verdict('clicks', 'Inbound above capacity', SCENE_MS)
      await wide
        .part('Diagnosis of clicks')
        .getByText(/arrive and the sink takes/)
        .waitFor()
      await wide
        .part('Ledgers of clicks')
        .getByRole('row', { name: /^evicted .* [1-9]/ })
        .waitFor()
      await wide
        .part('Flow through clicks')
        .getByText(/^[1-9]\d* events\/s evicted$/)
        .waitFor()
      await wide.page.emulateMedia({ colorScheme: 'dark' })
      await wide.picture('inbound-above-capacity-1280-dark')
      await wide.page.emulateMedia({ colorScheme: 'light' })
    },
    2 * SCENE_MS,
  )

  it(
    'says that a stream is stalled, and that nothing is lost',
    async () => {
      await wide.choose('orders')
      await wide.verdict('orders', 'Stalled', 2 * SCENE_MS)
      await wide
        .part('Diagnosis of orders')
        .getByText(/^The sink has (taken|answered) nothing for/)
        .waitFor()
      await wide.picture('stalled-1280-light')
      await narrow.page.emulateMedia({ colorScheme: 'light' })
      await narrow.picture('stalled-390-light', 1500)
      await wide.page.getByText(/^Failing, [1-9]\d* in a row$/).waitFor()
    },
    3 * SCENE_MS,
  )

  it(
    'says that a queue is too small for its bursts',
    async () => {
      await wide.choose('metrics')
      await wide.verdict('metrics', 'Queue too small', SCENE_MS)
      await wide
        .part('Diagnosis of metrics')
        .getByText(/^What to do Raise window.items from 100 to/)
        .waitFor()
      await wide.picture('queue-too-small-1280-light')
    },
    2 * SCENE_MS,
  )

  it('has kept both ledgers of every stream in balance, made no complaint and asked nobody else', async () => {
    for (const stream of ['orders', 'clicks', 'metrics']) {
      await wide.choose(stream)
      expect(await wide.part(`Ledgers of ${stream}`).getByText('Both sides agree').count()).toBe(2)
    }
    expect(await narrow.contentWidth()).toBeLessThanOrEqual(390)
    expect([...wide.complaints, ...narrow.complaints]).toEqual([])
  })
})

describe('the demo', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stops cleanly on %s, and leaves no folder behind',
    async (signal) => {
      const before = demoFolders()
      await using demo = GatewayProcess.serve('--demo')
      await demo.said(/(\[0:00\] Calm)/)
      expect(demoFolders()).toHaveLength(before.length + 1)
      demo.signal(signal)
      const { code, stdout } = await demo.ended()
      expect(code).toBe(0)
      expect(stdout).toContain('The demo is over, and its folder is gone.')
      expect(demoFolders()).toEqual(before)
    },
  )

  it('leaves no folder and no process behind when it is killed', async () => {
    const before = demoFolders()
    const demo = GatewayProcess.serve('--demo')
    await demo.said(/(\[0:00\] Calm)/)
    // `ended` resolves when nobody holds its output any more: the world around it has ended too.
    demo.signal('SIGKILL')
    await demo.ended()
    expect(demoFolders()).toEqual(before)
  })

  it.each([
    ['--config', 'spillway.yaml'],
    ['--data-dir', 'data'],
  ])('touches nothing of the user: it refuses %s', async (option, value) => {
    await using demo = GatewayProcess.serve('--demo', option, value)
    const { code, stderr } = await demo.ended()
    expect(code).toBe(1)
    expect(stderr).toContain(`'--demo' cannot be used with option '${option}`)
  })
})
