/**
 * The dashboard in a real browser, as its reader sees it.
 *
 * Whatever the browser complains of, and whatever it asks another host for, is
 * kept: a test ends by expecting neither.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Where pictures are kept; nowhere when it is not said. */
const PICTURES = process.env['SPILLWAY_SCREENSHOTS']

/** Whether there is a browser. Where there is none the tests are skipped, by name. */
export const hasBrowser: boolean = existsSync(EXECUTABLE)
if (!hasBrowser) console.warn(`the dashboard was NOT looked at: ${EXECUTABLE} is missing`)

/** How a page is looked at. */
export interface Look {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
}

/** Starts the browser. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  })
}

/** One page, open. */
export class DashboardPage {
  readonly page: Page
  /** What the browser complained of. */
  readonly complaints: string[] = []

  private constructor(page: Page, adminUrl: string) {
    this.page = page
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('request', (request) => {
      if (!request.url().startsWith(adminUrl)) this.complaints.push(`asks for ${request.url()}`)
    })
  }

  static async open(browser: Browser, adminUrl: string, look: Look = {}): Promise<DashboardPage> {
    const { width = 1280, colorScheme = 'light' } = look
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    const opened = new DashboardPage(page, adminUrl)
    await page.goto(adminUrl)
    return opened
  }

  /** Looks at a stream. */
  async choose(stream: string): Promise<void> {
    await this.card(stream).click()
    await this.page.getByRole('heading', { level: 2, name: stream }).waitFor()
  }

  card(stream: string): Locator {
    return this.page.getByRole('navigation', { name: 'Streams' }).getByRole('link', { name: stream })
  }

  /** A part of the view of a stream, by what it is called. */
  part(name: string): Locator {
    return this.page.getByRole('region', { name })
  }

  /** Resolves when the card of a stream shows this verdict. */
  async verdict(stream: string, verdict: string, timeout: number): Promise<void> {
    await this.card(stream).getByText(verdict).waitFor({ timeout })
  }

  /** What is wider than the window, when the page can be scrolled sideways. */
  sticksOut(): Promise<readonly string[]> {
    return this.page.evaluate<readonly string[]>(`
      document.documentElement.scrollWidth <= innerWidth ? [] :
        [...document.querySelectorAll('body *')]
          .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
          .map((element) => element.outerHTML.slice(0, 200))`)
  }

  /** What is seriously wrong for a reader with a screen reader, a keyboard or weak eyes, by the rules of axe. */
  async barriers(): Promise<readonly string[]> {
    // Put in from outside: the page's policy runs no script but its own.
    await this.page.evaluate(readFileSync(AXE, 'utf8'))
    const { violations } = await this.page.evaluate<{ violations: readonly AxeViolation[] }>('axe.run()')
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  /** Keeps a picture of the page from its top, of so many pixels, where pictures are wanted. */
  async picture(name: string, height = 1180): Promise<void> {
    if (PICTURES === undefined) return
    // The water takes a second to rise.
    await this.page.waitForTimeout(1500)
    const { width } = this.page.viewportSize() ?? { width: 1280 }
    const clip = { x: 0, y: 0, width, height }
    await this.page.screenshot({ path: join(PICTURES, `dashboard-${name}.png`), fullPage: true, clip })
  }

  close(): Promise<void> {
    return this.page.close()
  }
}

interface AxeViolation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}
