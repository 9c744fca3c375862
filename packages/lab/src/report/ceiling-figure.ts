/**
 * The figure of the README: goodput and memory above the ceiling.
 */
import * as Plot from '@observablehq/plot'
import type { Result } from '../record/result.ts'
import { drawFigure } from './draw.ts'
import { colourOf } from './palette.ts'
import { mediansByLoad, ofSet } from './selection.ts'

/** Who is in the figure, and how it is called there. */
const SHOWN: Readonly<Record<string, string>> = {
  'unbounded-queue': 'unbounded queue',
  'count-160': 'queue of 160',
  processor: 'Spillway',
}

const [WIDTH, HEIGHT] = [430, 300]

/**
 * The figure as a text of SVG that follows the reader's light or dark; `undefined` when the results hold no sweep
 * with the policies it shows.
 */
export function ceilingFigure(all: readonly Result[]): string | undefined {
  const results = ofSet(all, 'S1').filter(({ row }) => row.policy in SHOWN && row.times >= 0.5)
  if (new Set(results.map(({ row }) => row.policy)).size < Object.keys(SHOWN).length) return undefined
  const goodput = mediansByLoad(results, (row) => row.goodputRatio)
  const memory = mediansByLoad(results, (row) => Math.max(0.01, row.memoryMaxBytes / 1e6))
  const loads = [...new Set(goodput.map(({ times }) => times))].toSorted((a, b) => a - b)
  const ceiling = Plot.line(loads, {
    x: (times) => times,
    y: (times) => Math.min(1, times),
    stroke: 'currentColor',
    strokeDasharray: '4 3',
  })
  const left = panel('Answered in time / capacity', goodput, {
    y: { label: null, domain: [0, 1.1], grid: true },
    marks: [ceiling],
  })
  const right = panel('Memory inside, MB (log scale)', memory, {
    y: { type: 'log', label: null, grid: true, tickFormat: (mb: number) => String(mb) },
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${HEIGHT}" width="${2 * WIDTH}" height="${HEIGHT}" role="img" aria-label="Goodput and memory against offered load">
<style>svg { color: #1c2330; } @media (prefers-color-scheme: dark) { svg { color: #e7e9ee; } }</style>
${left}
${right.replace('<svg ', `<svg x="${WIDTH}" `)}
</svg>
`
}

function panel(title: string, data: ReturnType<typeof mediansByLoad>, options: Plot.PlotOptions): string {
  const named = data.map((point) => ({ ...point, name: SHOWN[point.policy] }))
  return drawFigure(
    {
      id: '',
      title,
      caption: '',
      plot: () => ({
        ...options,
        height: HEIGHT,
        marginTop: 36,
        marginRight: 132,
        x: { type: 'log', label: 'offered load / capacity →', tickFormat: '~g', ticks: [0.5, 1, 2, 5, 10] },
        color: { domain: Object.keys(SHOWN), range: Object.keys(SHOWN).map(colourOf) },
        marks: [
          ...(options.marks ?? []),
          Plot.line(named, { x: 'times', y: 'value', stroke: 'policy', strokeWidth: 2.5 }),
          Plot.text(
            named,
            Plot.selectLast({
              x: 'times',
              y: 'value',
              z: 'policy',
              text: 'name',
              fill: 'policy',
              textAnchor: 'start',
              dx: 6,
              fontWeight: 600,
            }),
          ),
          Plot.text([title], { frameAnchor: 'top-left', dy: -24, dx: -30, fontWeight: 600, fontSize: 13 }),
        ],
      }),
    },
    WIDTH,
  )
}
