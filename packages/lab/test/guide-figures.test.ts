/**
 * The figures of the README and the guide are what the lab draws today.
 * `npm run lab -- report --quick --figures docs/guide/figures` draws them anew.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '../src/record/result.ts'
import { GUIDE_FIGURES } from '../src/report/guide-figures.ts'
import { SCENARIO_SETS } from '../src/scenario/standard.ts'
import { planRuns } from '../src/sim/plan.ts'
import { runAll } from '../src/sim/run-all.ts'

const folder = new URL('../../../docs/guide/figures/', import.meta.url)
const figures = Object.entries(GUIDE_FIGURES)
let results: readonly Result[] = []

beforeAll(async () => {
  const sets = new Set(figures.map(([, { set }]) => set))
  const runs = [...sets].flatMap((name) => {
    const policies = figures.filter(([, { set }]) => set === name).flatMap(([, figure]) => figure.policies)
    return planRuns([{ name, cases: SCENARIO_SETS[name]!.cases('quick') }], [...new Set(policies)], [1])
  })
  results = (await runAll(runs)).results
}, 120_000)

describe('the figures of the guide', () => {
  it.each(figures)('%s is what the lab draws', (name, { draw }) => {
    const isSame = readFileSync(new URL(`${name}.svg`, folder), 'utf8') === draw(results)
    expect(isSame, 'draw it anew, and look at it').toBe(true)
  })

  it('are all shown in a page', () => {
    const guide = new URL('../', folder)
    const pages = readdirSync(guide).filter((name) => name.endsWith('.md'))
    const texts = [...pages.map((name) => readFileSync(new URL(name, guide), 'utf8'))]
    texts.push(readFileSync(new URL('../../README.md', guide), 'utf8'))
    const shown = new Set(
      texts.flatMap((text) => [...text.matchAll(/figures\/([\w-]+)\.svg/g)].map((match) => match[1])),
    )
    for (const [name] of figures) expect([...shown]).toContain(name)
  })
})
