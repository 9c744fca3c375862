/**
 * The plot of who is served.
 */
import * as Plot from '@observablehq/plot'
import type { Result } from '../record/result.ts'
import { drawFigure, type Figure } from './draw.ts'
import type { Size } from './labelled-lines.ts'
import { firstSeedOf, policiesOf, TELLING } from './selection.ts'

/** Success by class, for each policy, with one call for each request and with two. */
export function classSuccess(all: readonly Result[]): Figure | undefined {
  const results = firstSeedOf(all).filter(
    ({ row }) => TELLING.includes(row.policy) || row.policy === 'by-importance',
  )
  if (results.length === 0) return undefined
  const data = results.flatMap(({ row, classes }) =>
    classes.map(({ criticality, success }) => ({
      policy: row.policy,
      calls: row.scenario.includes('two calls') ? 'two calls each' : 'one call each',
      criticality,
      success,
    })),
  )
  return {
    id: 'classes',
    title: 'Who is served at three times the capacity',
    caption:
      'One request in five is critical. Only a policy that knows importance serves them all. With two calls for each request, shedding at random wastes the first call.',
    plot: (widthPx) => options(data, policiesOf(results), widthPx > 600),
  }
}

/** What a figure of classes is drawn from. */
export interface ClassBars {
  readonly results: readonly Result[]
  /** How each policy is called, in order. */
  readonly names: Readonly<Record<string, string>>
}

/** Success by class as bars with their share written beside them, for a figure that stands alone. */
export function classBars(title: string, { results, names }: ClassBars, { width, height }: Size): string {
  const data = results.flatMap(({ row, classes }) =>
    classes.map(({ criticality, success }) => ({ policy: names[row.policy], criticality, success })),
  )
  const policies = Object.values(names)
  const place = { x: 'success', y: 'criticality', fy: 'policy' }
  const plot = (): Plot.PlotOptions => ({
    height,
    marginTop: 36,
    marginLeft: 200,
    x: { label: null, domain: [0, 1.08], tickFormat: '.0%', ticks: 5, grid: true },
    y: { label: null, domain: ['critical', 'sheddable'] },
    fy: { label: null, domain: policies, axis: null },
    color: { domain: ['critical', 'sheddable'], range: ['#2f7de1', '#b8860b'] },
    marks: [
      Plot.barX(data, { ...place, fill: 'criticality' }),
      Plot.text(data, { ...place, text: ({ success }) => percent(success), textAnchor: 'start', dx: 5 }),
      ...titles(title, policies),
    ],
  })
  return drawFigure({ id: '', title, caption: '', plot }, width)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0.99 ? 1 : 0)} %`
}

/** The name of each policy beside its bars, and the title above the first. */
function titles(title: string, policies: readonly string[]): Plot.Markish[] {
  const [first] = policies
  return [
    Plot.text(policies, {
      fy: (name) => name,
      text: (name) => name,
      frameAnchor: 'left',
      dx: -190,
      textAnchor: 'start',
      fontWeight: 600,
    }),
    Plot.text([title], {
      frameAnchor: 'top-left',
      dy: -24,
      dx: -180,
      fontWeight: 600,
      fontSize: 13,
      fy: () => first,
    }),
  ]
}

function options(data: readonly object[], policies: string[], isWide: boolean): Plot.PlotOptions {
  return {
    height: 60 + data.length * (isWide ? 10 : 9),
    marginLeft: 120,
    x: { label: 'answered in time →', domain: [0, 1], tickFormat: '.0%', ticks: isWide ? 5 : 2, grid: true },
    y: { label: null, domain: ['critical', 'sheddable'], axis: null },
    fy: { label: null, axis: 'left', domain: policies },
    fx: { label: null },
    color: { domain: ['critical', 'sheddable'], range: ['#2f7de1', '#b8860b'], legend: true },
    marks: [
      Plot.barX(data, { x: 'success', y: 'criticality', fy: 'policy', fx: 'calls', fill: 'criticality' }),
      Plot.ruleX([0]),
    ],
  }
}
