/**
 * The plots with time along the bottom.
 */
import * as Plot from '@observablehq/plot'
import type { Result, Series } from '../record/result.ts'
import type { Figure } from './draw.ts'
import { coloursOf } from './palette.ts'
import { firstSeedOf, policiesOf, TELLING } from './selection.ts'

/** One point of a line. */
interface Point {
  readonly policy: string
  readonly panel: string
  readonly s: number
  readonly value: number
}

const SECONDS = { label: 'seconds →' } as const

/** Memory while ten times the capacity arrives. */
export function memoryOverTime(all: readonly Result[]): Figure | undefined {
  const results = chosen(all)
  if (results.length === 0) return undefined
  const data = results.flatMap(({ row, series }) =>
    points(series, series.memoryBytes, { policy: row.policy, panel: '' }).map((point) => ({
      ...point,
      value: Math.max(0.01, point.value / 1e6),
    })),
  )
  return {
    id: 'memory-over-time',
    title: 'What is inside, at ten times the capacity',
    caption:
      'Memory over time, reckoned at 10 kB for each request inside, on a logarithmic scale: a line that still rises at the right edge is a process that dies later.',
    plot: () => ({
      height: 320,
      x: SECONDS,
      y: { type: 'log', label: '↑ MB', grid: true, tickFormat: (mb: number) => String(mb) },
      color: { ...coloursOf(policiesOf(results)), legend: true },
      marks: [Plot.line(data, { x: 's', y: 'value', stroke: 'policy', strokeWidth: 2 })],
    }),
  }
}

/** Goodput over time with each manner of retrying; the surge is shaded. */
export function recovery(all: readonly Result[]): Figure | undefined {
  const results = chosen(all)
  if (results.length === 0) return undefined
  return overTime(results, {
    id: 'recovery',
    title: 'After a surge, with and without retries',
    caption:
      'Answers in time per second. While the band is shaded, three times the capacity arrives; before and after it, 0.7 times. What stays low after the band is an overload that outlived its cause.',
    label: '↑ answers in time per second',
    values: ({ goodputPerSecond }) => goodputPerSecond,
  })
}

/** What is inside, and answers in time, for any scenario with a disturbance. */
export function throughTime(all: readonly Result[], id: string, title: string): Figure | undefined {
  const results = chosen(all)
  if (results.length === 0) return undefined
  return overTime(results, {
    id,
    title,
    caption: 'Answers in time per second; the disturbance is shaded.',
    label: '↑ answers in time per second',
    values: ({ goodputPerSecond }) => goodputPerSecond,
  })
}

/** The limits of the policies that learn. */
export function limitOverTime(all: readonly Result[]): Figure | undefined {
  const results = firstSeedOf(all).filter(({ row }) => ['aimd', 'vegas', 'gradient'].includes(row.policy))
  if (results.length === 0) return undefined
  return overTime(results, {
    id: 'limits',
    title: 'Limits that learn',
    caption:
      'How many they let work at once. The server does 16 at once; in the shaded bands its work takes twice, or half, as long, or times out.',
    label: '↑ limit',
    values: ({ limit }) => limit,
  })
}

interface OverTime {
  readonly id: string
  readonly title: string
  readonly caption: string
  readonly label: string
  readonly values: (series: Series) => readonly number[]
}

function overTime(results: readonly Result[], { id, title, caption, label, values }: OverTime): Figure {
  const data = results.flatMap(({ row, series }) =>
    points(series, smooth(values(series)), { policy: row.policy, panel: row.scenario }),
  )
  const names = [...new Set(results.map(({ row }) => row.scenario))]
  const bands = names.flatMap((panel) => {
    const trigger = results.find(({ row }) => row.scenario === panel)?.trigger
    return trigger && trigger.toMs > trigger.fromMs
      ? [{ panel, fromS: trigger.fromMs / 1000, toS: trigger.toMs / 1000 }]
      : []
  })
  return {
    id,
    title,
    caption,
    plot: () => ({
      height: 60 + 170 * names.length,
      marginTop: 44,
      x: SECONDS,
      y: { label: names.length > 1 ? null : label, grid: true, zero: true, ticks: 4 },
      fy: { label: null, domain: names, axis: null },
      color: { ...coloursOf(policiesOf(results)), legend: true },
      marks: [
        Plot.rectX(bands, { x1: 'fromS', x2: 'toS', fy: 'panel', fill: 'currentColor', fillOpacity: 0.1 }),
        Plot.line(data, { x: 's', y: 'value', stroke: 'policy', fy: 'panel', strokeWidth: 1.75 }),
        Plot.text(
          names.map((panel) => ({ panel })),
          { text: 'panel', fy: 'panel', frameAnchor: 'top-left', dy: -18, fontWeight: 600 },
        ),
      ],
    }),
  }
}

function chosen(results: readonly Result[]): Result[] {
  return firstSeedOf(results).filter(({ row }) => TELLING.includes(row.policy) || row.set === 'own')
}

function points(series: Series, values: readonly number[], of: { policy: string; panel: string }): Point[] {
  return values.map((value, index) => ({ ...of, s: (index * series.binMs) / 1000, value }))
}

/** The mean of each value and its neighbours, so that lines can be told apart. */
function smooth(values: readonly number[]): number[] {
  return values.map((_, index) => {
    const near = values.slice(Math.max(0, index - 2), index + 3)
    return near.reduce((sum, value) => sum + value, 0) / near.length
  })
}
