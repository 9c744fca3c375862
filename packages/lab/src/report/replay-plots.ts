/**
 * The plots of a replay.
 */
import * as Plot from '@observablehq/plot'
import type { TallyBin } from '../replay/tally.ts'
import type { Figure } from './draw.ts'

/** What became of requests, in the order in which they are stacked. */
const FATES = ['answered', 'answered after a wait', 'too late', 'refused'] as const
const FATE_COLOURS = ['#2f7de1', '#6fb1e0', '#d43d51', '#b8860b']

const DAY_MS = 86_400_000

/** What happened to the requests over time, and what share was lost. */
export function replayFigures(bins: readonly TallyBin[], binMs: number, serviceRate: number): Figure[] {
  return [fates(bins, binMs, serviceRate), lost(bins)]
}

/** Times as a day of 24 hours has them: to the second for minutes, with their date for days. */
function timeAxis(bins: readonly TallyBin[], widthPx: number) {
  const spanMs = (bins.at(-1)?.atMs ?? 0) - (bins[0]?.atMs ?? 0)
  const [from, to] = spanMs < 600_000 ? [11, 19] : spanMs <= DAY_MS ? [11, 16] : [5, 16]
  const tickFormat = (at: Date): string => at.toISOString().slice(from, to).replace('T', ' ')
  return { type: 'utc', label: null, ticks: widthPx > 600 ? 8 : 3, tickFormat } as const
}

function fates(bins: readonly TallyBin[], binMs: number, serviceRate: number): Figure {
  const rate = (count: number): number => (count * 1000) / binMs
  const data = bins.flatMap((bin) => {
    const values = [bin.prompt, bin.delayed, bin.late, bin.refused]
    return FATES.map((fate, index) => ({ at: new Date(bin.atMs), fate, value: rate(values[index]!) }))
  })
  return {
    id: 'fates',
    title: 'What became of them',
    caption:
      'Requests per second by the time of their arrival (UTC). The dashed line is what the server can do.',
    plot: (widthPx) => ({
      height: 360,
      x: timeAxis(bins, widthPx),
      y: { label: '↑ requests per second', grid: true },
      color: { domain: [...FATES], range: FATE_COLOURS, legend: true },
      marks: [
        Plot.areaY(data, { x: 'at', y: 'value', fill: 'fate', order: [...FATES] }),
        Plot.ruleY([serviceRate], { strokeDasharray: '4 3', stroke: 'currentColor' }),
        Plot.ruleY([0]),
      ],
    }),
  }
}

function lost(bins: readonly TallyBin[]): Figure {
  const data = bins
    .filter(({ arrived }) => arrived > 0)
    .map((bin) => ({ at: new Date(bin.atMs), share: (bin.arrived - bin.prompt - bin.delayed) / bin.arrived }))
  return {
    id: 'lost',
    title: 'The share that was not answered in time',
    caption: 'Refused, too late, or still inside at the end.',
    plot: (widthPx) => ({
      height: 220,
      x: timeAxis(bins, widthPx),
      y: { label: '↑ share', domain: [0, 1], tickFormat: '.0%', grid: true },
      marks: [Plot.areaY(data, { x: 'at', y: 'share', fill: '#d43d51', fillOpacity: 0.7 }), Plot.ruleY([0])],
    }),
  }
}
