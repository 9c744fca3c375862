/**
 * The plot of who is served.
 */
import * as Plot from '@observablehq/plot'
import type { Result } from '../record/result.ts'
import type { Figure } from './draw.ts'
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
