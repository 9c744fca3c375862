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

/** The story takes two minutes: what was missed on a busy machine comes again. */
const ROUND_MS = 180_000

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

  it(
    'begins in calm: every stream is healthy, events come and go',
    async () => {
      for (const stream of ['orders', 'clicks', 'metrics']) await wide.verdict(stream, 'Healthy', ROUND_MS)
      await diagnosis('orders', ['Events are delivered as they come.'])
      await flow('orders', /[1-9][0-9.]* events\/s delivered/)
      await wide.picture('healthy-1280-light')
    },
    2 * ROUND_MS,
  )

  it(
    'says that the consumer is too slow, with evidence and a remedy, and tells a screen reader',
    async () => {
      await diagnosis('orders', [
        'Consumer too slow',
        /The sink has become slow: it takes [\d.]+\/s of the [\d.]+\/s that arrive/,
        /What to do .*concurrency/,
        /of 300 places are taken/,
      ])
      expect(await wide.page.title()).toBe('Consumer too slow (orders) · Spillway')
      await told('Stream orders: the consumer is too slow.')
      await ledger('orders', /^refused: .* (before|after) the body was read [1-9]/)
      await wide.picture('consumer-too-slow-1280-light')
      await narrow.picture('consumer-too-slow-390-dark', 1500)
      expect([...(await wide.barriers()), ...(await narrow.barriers())]).toEqual([])
    },
    2 * ROUND_MS,
  )

  it(
    'shows what the consumer refused for good as dead letters',
    async () => {
      const reason = 'the sink answered 422: this customer is not known yet'
      await wide.part('Dead letters of orders').getByText(reason).first().waitFor({ timeout: ROUND_MS })
      await ledger('orders', /^dead letters now [1-9]/)
      expect(await wide.barriers()).toEqual([])
    },
    2 * ROUND_MS,
  )

  it(
    'says that more arrives than the consumer can do, and counts what is dropped',
    async () => {
      await wide.choose('clicks')
      await flow('clicks', /[1-9][0-9.]* events\/s evicted/)
      await diagnosis('clicks', ['Inbound above capacity', /[\d.]+\/s arrive and the sink takes [\d.]+\/s/])
      await ledger('clicks', /^evicted .* [1-9]/)
      await wide.page.emulateMedia({ colorScheme: 'dark' })
      await wide.picture('inbound-above-capacity-1280-dark')
      await wide.page.emulateMedia({ colorScheme: 'light' })
    },
    2 * ROUND_MS,
  )

  it(
    'says that a stream is stalled, and how its sink is',
    async () => {
      await wide.choose('orders')
      await diagnosis('orders', [
        'Stalled',
        /The sink has taken nothing for .* events wait/,
        /\d+ failures? in a row/,
      ])
      await wide.page.getByText(/Failing, \d+ in a row/).waitFor()
      await wide.picture('stalled-1280-light')
      await narrow.page.emulateMedia({ colorScheme: 'light' })
      await narrow.picture('stalled-390-light', 1500)
    },
    2 * ROUND_MS,
  )

  it(
    'shows a stream that refuses bursts, and does not call it healthy',
    async () => {
      // Which cause it names depends on how evenly a busy machine lets the consumer work.
      await wide.choose('metrics')
      await flow('metrics', /[1-9][0-9.]* requests\/s refused/)
      await diagnosis('metrics', [
        /Queue too small|Inbound above capacity|Consumer too slow/,
        /of 100 places are taken/,
      ])
      await ledger('metrics', /^refused: queue full .* [1-9]/)
    },
    2 * ROUND_MS,
  )

  it('has kept both ledgers of every stream in balance, made no complaint and asked nobody else', async () => {
    for (const stream of ['orders', 'clicks', 'metrics']) {
      await wide.choose(stream)
      expect(await wide.part(`Ledgers of ${stream}`).getByText('Both sides agree').count()).toBe(2)
    }
    expect([...(await wide.sticksOut()), ...(await narrow.sticksOut())]).toEqual([])
    expect([...wide.complaints, ...narrow.complaints]).toEqual([])
  })

  /** Waits until the diagnosis of a stream says all this at once. */
  async function diagnosis(stream: string, texts: readonly (string | RegExp)[]): Promise<void> {
    const saying = texts.reduce(
      (part, hasText) => part.filter({ hasText }),
      wide.part(`Diagnosis of ${stream}`),
    )
    await saying.waitFor({ timeout: ROUND_MS })
  }

  async function flow(stream: string, text: RegExp): Promise<void> {
    await wide.part(`Flow through ${stream}`).filter({ hasText: text }).waitFor({ timeout: ROUND_MS })
  }

  async function ledger(stream: string, name: RegExp): Promise<void> {
    await wide.part(`Ledgers of ${stream}`).getByRole('row', { name }).first().waitFor()
  }

  /** Waits until a screen reader was told. */
  async function told(news: string): Promise<void> {
    await wide.page.getByRole('status').getByText(news).waitFor({ state: 'attached' })
  }
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
