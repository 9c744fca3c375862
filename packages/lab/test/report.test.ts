/**
 * The report in a real browser: no errors, every plot drawn, nothing wider
 * than the screen, readable in light and in dark.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportPage } from '../src/report/page.ts'
import { figuresOf } from '../src/report/plots.ts'
import { summaryOf } from '../src/report/words.ts'
import { SCENARIO_SETS, sweep } from '../src/scenario/standard.ts'
import { planRuns } from '../src/sim/plan.ts'
import { runAll } from '../src/sim/run-all.ts'

const executablePath = '/usr/bin/chromium'
const hasBrowser = existsSync(executablePath)
if (!hasBrowser) console.warn(`the report was NOT looked at: ${executablePath} is missing`)

const folder = mkdtempSync(join(tmpdir(), 'spillway-lab-'))
const page = join(folder, 'report.html')
const POLICIES = ['unbounded-queue', 'count-160', 'processor', 'vegas', 'by-importance']
let figureCount = 0

beforeAll(async () => {
  const names = ['S3', 'S4', 'S6', 'S8', 'S10', 'ramp', 'cascade']
  const sets = [
    { name: 'S1', cases: sweep([0.5, 1, 2, 5], 'quick') },
    ...names.map((name) => ({ name, cases: SCENARIO_SETS[name]!.cases('quick') })),
  ]
  const { results } = await runAll(planRuns(sets, POLICIES, [1]))
  const figures = figuresOf(results)
  figureCount = figures.length
  const content = { title: 'A <report> & more', tables: '', commands: ['npm run lab'], notes: [] }
  writeFileSync(page, reportPage({ ...content, summary: summaryOf(results), figures }))
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true }))

describe.skipIf(!hasBrowser)('the report in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
    })
  })
  afterAll(() => browser.close())

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)(
    'at %s pixels, %s: no error, every plot drawn, nothing sticks out',
    async (width, colorScheme) => {
      const view = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
      const errors: string[] = []
      view.on('console', (message) => errors.push(message.text()))
      view.on('pageerror', (error) => errors.push(error.message))
      view.on('request', (request) => {
        if (!/^(file|data):/.test(request.url())) errors.push(`asks for ${request.url()}`)
      })
      await view.goto(pathToFileURL(page).href)
      const drawn = await view.locator('section').evaluateAll((sections) =>
        sections.map((section) => {
          const plots = [...section.querySelectorAll('svg')].filter(
            (plot) => plot.getBoundingClientRect().width > 200,
          )
          return plots.reduce((sum, plot) => sum + plot.querySelectorAll('path, rect').length, 0)
        }),
      )
      expect(drawn).toHaveLength(figureCount)
      expect(Math.min(...drawn)).toBeGreaterThan(5)
      expect(await view.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      const colours = await view.evaluate<string[]>(
        'Object.values((({ color, backgroundColor }) => ({ color, backgroundColor }))(getComputedStyle(document.body)))',
      )
      const [ink, paper] = colours.map((colour) => Number(/\d+/.exec(colour)?.[0]))
      expect(Math.abs(ink! - paper!)).toBeGreaterThan(150)
      expect(errors).toEqual([])
      await view.close()
    },
  )
})

describe('the report', () => {
  it('has a plot for each set that was run', () => {
    expect(figureCount).toBe(10)
  })
})
