/**
 * The plots of the report. A plot without its results is left out.
 */
import * as Plot from '@observablehq/plot'
import type { Result } from '../record/result.ts'
import { classSuccess } from './class-plot.ts'
import type { Figure } from './draw.ts'
import { hysteresis } from './hysteresis-plot.ts'
import { coloursOf } from './palette.ts'
import { firstSeedOf, KIND_TITLES, mediansByLoad, ofSet, policiesOf } from './selection.ts'
import { limitOverTime, memoryOverTime, recovery, throughTime } from './time-plots.ts'

/** Every plot that these results allow, in the order of the report. */
export function figuresOf(results: readonly Result[]): Figure[] {
  const figures = [
    goodputByLoad(ofSet(results, 'S1')),
    memoryByLoad(ofSet(results, 'S1')),
    latencies(ofSet(results, 'S1').filter(({ row }) => row.times === 2)),
    memoryOverTime(ofSet(results, 'S9')),
    throughTime(ofSet(results, 'S3'), 'slow', 'When work takes longer for a while'),
    recovery(ofSet(results, 'S4')),
    hysteresis(ofSet(results, 'ramp')),
    classSuccess(ofSet(results, 'S6')),
    throughTime(ofSet(results, 'cascade'), 'cascade', 'Three instances behind one balancer'),
    throughTime(ofSet(results, 'S8'), 'drift', 'A consumer that slows, little by little'),
    limitOverTime(ofSet(results, 'S10')),
    throughTime(ofSet(results, 'own'), 'own', 'Your scenario'),
    liveAgainstSim(results),
  ]
  return figures.filter((figure) => figure !== undefined)
}

const LOAD_AXIS = {
  type: 'log',
  label: 'offered load / capacity →',
  tickFormat: '~g',
  ticks: [0.5, 1, 2, 5, 10],
} as const

/** Panels beside each other where there is room, below each other where there isn't. */
function panels(widthPx: number): 'fx' | 'fy' {
  return widthPx > 600 ? 'fx' : 'fy'
}

function goodputByLoad(results: readonly Result[]): Figure | undefined {
  if (results.length === 0) return undefined
  const data = mediansByLoad(results, (row) => row.goodputRatio)
  const ceiling = [...new Set(data.map(({ times }) => times))]
    .toSorted((a, b) => a - b)
    .map((times) => ({ times, value: Math.min(1, times) }))
  return {
    id: 'goodput',
    title: 'Goodput against offered load',
    caption:
      'What is answered in time, over what the server can do. The dashed line is the ceiling. The wrong patterns fall to nothing above it: they are busy with requests that nobody waits for any more. Lines that lie on each other look like one.',
    plot: (widthPx) => {
      const panel = panels(widthPx)
      return {
        height: panel === 'fx' ? 340 : 820,
        // The names of panels below each other stand at the right.
        marginRight: panel === 'fx' ? 16 : 100,
        x: LOAD_AXIS,
        y: { label: '↑ goodput / capacity', domain: [0, 1.05], grid: true },
        [panel]: {
          domain: KIND_TITLES.filter((title) => data.some(({ kind }) => kind === title)),
          label: null,
        },
        color: { ...coloursOf(policiesOf(results)), legend: true },
        marks: [
          Plot.line(ceiling, { x: 'times', y: 'value', strokeDasharray: '4 3', stroke: 'currentColor' }),
          Plot.line(data, {
            x: 'times',
            y: 'value',
            stroke: 'policy',
            [panel]: 'kind',
            marker: 'dot',
            strokeWidth: 2,
          }),
        ],
      }
    },
  }
}

function memoryByLoad(results: readonly Result[]): Figure | undefined {
  if (results.length === 0) return undefined
  const data = mediansByLoad(results, (row) => Math.max(0.01, row.memoryMaxBytes / 1e6))
  return {
    id: 'memory-by-load',
    title: 'Memory against offered load',
    caption:
      'The most that was inside at one time, reckoned at 10 kB for each request. The scale is logarithmic.',
    plot: (widthPx) => {
      const panel = panels(widthPx)
      return {
        height: panel === 'fx' ? 320 : 820,
        // The names of panels below each other stand at the right.
        marginRight: panel === 'fx' ? 16 : 100,
        x: LOAD_AXIS,
        y: { type: 'log', label: '↑ MB', grid: true, tickFormat: (mb: number) => String(mb) },
        [panel]: {
          domain: KIND_TITLES.filter((title) => data.some(({ kind }) => kind === title)),
          label: null,
        },
        color: coloursOf(policiesOf(results)),
        marks: [
          Plot.line(data, {
            x: 'times',
            y: 'value',
            stroke: 'policy',
            [panel]: 'kind',
            marker: 'dot',
            strokeWidth: 2,
          }),
        ],
      }
    },
  }
}

function latencies(all: readonly Result[]): Figure | undefined {
  const results = firstSeedOf(all)
  if (results.length === 0) return undefined
  const data = results.flatMap(({ row, answeredMs, refusedMs }) => [
    ...answeredMs.map((ms, percent) => pointOf(row, { what: 'answered', ms, percent })),
    ...refusedMs.map((ms, percent) => pointOf(row, { what: 'refused', ms, percent })),
  ])
  return {
    id: 'latency',
    title: 'Latency of answers and of refusals, at twice the capacity',
    caption:
      'The share of answers, and of refusals, that came within so many milliseconds. A policy without a line in the first panel answered nobody in time; one without a line in the second refused nobody. A refusal at once is at the left edge.',
    plot: (widthPx) => {
      const panel = panels(widthPx)
      return {
        height: panel === 'fx' ? 340 : 520,
        // The names of panels below each other stand at the right.
        marginRight: panel === 'fx' ? 16 : 100,
        x: { label: 'milliseconds →', domain: [0, 200], clamp: true },
        y: { label: '↑ share', domain: [0, 1], tickFormat: '.0%', grid: true },
        [panel]: { label: null },
        color: { ...coloursOf(policiesOf(results)), legend: true },
        marks: [
          Plot.line(data, {
            x: 'ms',
            y: 'share',
            stroke: 'policy',
            [panel]: 'what',
            curve: 'step-before',
            strokeWidth: 1.5,
          }),
        ],
      }
    },
  }
}

function pointOf(
  { policy }: { readonly policy: string },
  { what, ms, percent }: { readonly what: string; readonly ms: number; readonly percent: number },
): { policy: string; what: string; ms: number; share: number } {
  return { policy, what, ms, share: percent / 100 }
}

function liveAgainstSim(results: readonly Result[]): Figure | undefined {
  const live = ofSet(results, 'live', 'live')
  if (live.length === 0) return undefined
  const data = live.map(({ row, live: facts }) => ({
    policy: row.policy,
    run: `${row.policy}, ${row.times}x`,
    value: row.goodputRatio,
    ceiling: row.ceiling,
    sim: facts?.simGoodputRatio ?? Number.NaN,
  }))
  return {
    id: 'live',
    title: 'The same in real time',
    caption:
      'Goodput over capacity, measured on real sockets; the dash is the ceiling G(m), which counts what refusing costs, the ring what virtual time says. Only valid runs are shown.',
    plot: (widthPx) => ({
      height: 120 + 22 * data.length,
      marginLeft: widthPx > 600 ? 180 : 130,
      x: { label: 'goodput / capacity →', domain: [0, 1.1], grid: true },
      y: { label: null, domain: data.map(({ run }) => run) },
      color: coloursOf(policiesOf(live)),
      marks: [
        Plot.barX(data, { x: 'value', y: 'run', fill: 'policy' }),
        Plot.tickX(data, { x: 'ceiling', y: 'run', stroke: 'currentColor', strokeWidth: 2 }),
        Plot.dot(data, { x: 'sim', y: 'run', stroke: 'currentColor', r: 4 }),
        Plot.ruleX([0]),
      ],
    }),
  }
}
