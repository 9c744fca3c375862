/**
 * The plot of a load that climbs and comes down again.
 */
import * as Plot from '@observablehq/plot'
import type { Result, Series } from '../record/result.ts'
import { RAMP } from '../scenario/ramp.ts'
import type { Figure } from './draw.ts'
import { coloursOf } from './palette.ts'
import { firstSeedOf, policiesOf, TELLING } from './selection.ts'

/** One load of the ramp. */
interface Step {
  readonly policy: string
  readonly times: number
  readonly goodput: number
  readonly way: 'up' | 'down'
}

/** Goodput on the way up and on the way down; a gap between them is an overload that feeds itself. */
export function hysteresis(all: readonly Result[]): Figure | undefined {
  const results = firstSeedOf(all).filter(({ row }) => TELLING.includes(row.policy))
  if (results.length === 0) return undefined
  const data = results.flatMap(stepsOf)
  const policies = policiesOf(results)
  return {
    id: 'hysteresis',
    title: 'Up and down again',
    caption:
      'Goodput over capacity while the load climbs (solid) and comes down (dashed), each load for the same time, with clients that try again at once. Where the dashed line lies lower, the overload outlives its cause; where both lie on each other, the server forgets.',
    plot: (widthPx) => {
      const columns = widthPx > 600 ? 4 : 2
      const placed = data.map((step) => ({ ...step, ...cellOf(policies.indexOf(step.policy), columns) }))
      const titles = policies.map((policy, index) => ({ policy, ...cellOf(index, columns) }))
      const line = { x: 'times', y: 'goodput', fx: 'column', fy: 'line', stroke: 'policy', strokeWidth: 2 }
      return {
        height: 40 + 170 * Math.ceil(policies.length / columns),
        marginTop: 34,
        x: { label: 'offered load / capacity →', ticks: [0.5, 1, 2], grid: true },
        y: { label: null, domain: [0, 1.05], ticks: 3, grid: true },
        fx: { axis: null },
        fy: { axis: null, padding: 0.22 },
        color: coloursOf(policies),
        marks: [
          Plot.line(onWay(placed, 'up'), { ...line, z: 'policy' }),
          Plot.line(onWay(placed, 'down'), { ...line, z: 'policy', strokeDasharray: '4 3' }),
          Plot.dot(placed, { ...line, fill: 'policy', r: 2 }),
          Plot.text(titles, {
            text: 'policy',
            fx: 'column',
            fy: 'line',
            frameAnchor: 'top-left',
            dy: -14,
            fontWeight: 600,
          }),
        ],
      }
    },
  }
}

/** The way down begins where the way up ends. */
function onWay<T extends Step>(steps: readonly T[], way: Step['way']): readonly T[] {
  const top = Math.max(...RAMP)
  return steps.filter((step) => step.way === way || step.times === top)
}

function cellOf(index: number, columns: number): { column: number; line: number } {
  return { column: index % columns, line: Math.floor(index / columns) }
}

function stepsOf({ row, series }: Result): Step[] {
  const top = RAMP.indexOf(Math.max(...RAMP))
  return RAMP.map((times, index) => ({
    policy: row.policy,
    times,
    goodput: meanOfStep(series, index) / row.capacityPerSecond,
    way: index <= top ? 'up' : 'down',
  }))
}

/** Over the second half of the step, when it has settled. */
function meanOfStep({ goodputPerSecond }: Series, index: number): number {
  const binsPerStep = goodputPerSecond.length / RAMP.length
  const from = Math.round((index + 0.5) * binsPerStep)
  const values = goodputPerSecond.slice(from, Math.round((index + 1) * binsPerStep))
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
