/**
 * The figures of the README and the guide, by the names of their files.
 *
 * Each is drawn from runs of one set, at the pace `quick`, with one seed: what is committed can be made again, byte for
 * byte.
 */
import * as Plot from '@observablehq/plot'
import type { Result, Series } from '../record/result.ts'
import { classBars } from './class-plot.ts'
import { type LinePoint, labelledLines, type Size } from './labelled-lines.ts'
import { mediansByLoad, ofSet } from './selection.ts'
import { svgFile } from './svg-file.ts'

/** One figure: what must be run for it, and how it is drawn. */
export interface GuideFigure {
  readonly set: string
  readonly policies: readonly string[]
  readonly draw: (results: readonly Result[]) => string
}

const HALF: Size = { width: 430, height: 300 }
const WHOLE: Size = { width: 720, height: 300 }

const LOAD = {
  type: 'log',
  label: 'offered load / capacity →',
  tickFormat: '~g',
  ticks: [0.5, 1, 2, 5, 10],
} as const
const SHARE = { label: null, domain: [0, 1.1], grid: true }
const SECONDS = { label: 'seconds →' }
const MEGABYTES = { type: 'log', label: null, grid: true, tickFormat: (mb: number) => String(mb) } as const

/** The figures. */
export const GUIDE_FIGURES: Readonly<Record<string, GuideFigure>> = {
  'above-the-ceiling': figure(
    'S1',
    { 'unbounded-queue': 'unbounded queue', 'count-160': 'queue of 160', processor: 'Spillway' },
    (results, names) =>
      svgFile(
        'Goodput and memory against offered load',
        [goodputByLoad(results, names, HALF), memoryByLoad(results, names)],
        HALF,
      ),
  ),
  'block-or-drop': figure(
    'S9',
    {
      'unbounded-spawn': 'a task each',
      'wait-without-deadline': 'wait for ever',
      'bounded-blocking': 'block, 20 ms',
      'drop-newest': 'drop',
    },
    memoryOverTime,
  ),
  sizing: figure(
    'S1',
    {
      'count-16': '16 places',
      'count-160': '160 places',
      'million-buffer': 'a million',
      processor: 'by time',
    },
    wholeGoodput,
  ),
  'limits-that-shed': figure(
    'S1',
    { 'parked-in-wait': 'everyone waits', 'rate-limited': 'limit, then refuse', limiter: 'limiter' },
    wholeGoodput,
  ),
  deadlines: figure(
    'S1',
    { 'wait-without-deadline': 'no deadline', 'bounded-blocking': 'a deadline', processor: 'a budget' },
    wholeGoodput,
  ),
  importance: figure(
    'S6',
    { 'count-160': 'queue of 160', limiter: 'limiter', 'by-importance': 'by importance' },
    successByClass,
  ),
  'adaptive-limits': figure('S10', { aimd: 'aimd', vegas: 'vegas', gradient: 'gradient' }, limitsOverTime),
  'when-it-is-not-enough': figure(
    'S8',
    { 'slow-consumer': 'sized once', processor: 'Spillway' },
    goodputOverTime,
  ),
}

type Names = Readonly<Record<string, string>>

function figure(
  set: string,
  names: Names,
  draw: (results: readonly Result[], names: Names) => string,
): GuideFigure {
  const policies = Object.keys(names)
  const own = (results: readonly Result[]): Result[] =>
    ofSet(results, set).filter(({ row }) => row.policy in names)
  return { set, policies, draw: (results) => draw(own(results), names) }
}

function wholeGoodput(results: readonly Result[], names: Names): string {
  return svgFile('Goodput against offered load', [goodputByLoad(results, names, WHOLE)], WHOLE)
}

function goodputByLoad(results: readonly Result[], names: Names, size: Size): string {
  const points = byLoad(results, ({ row }) => row.goodputRatio)
  const loads = [...new Set(points.map(({ x }) => x))].toSorted((a, b) => a - b)
  const ceiling = Plot.line(loads, {
    x: (times) => times,
    y: (times) => Math.min(1, times),
    stroke: 'currentColor',
    strokeDasharray: '4 3',
  })
  const title = 'Answered in time / capacity'
  return labelledLines({ title, points, names, x: LOAD, y: SHARE, behind: [ceiling] }, size)
}

function memoryByLoad(results: readonly Result[], names: Names): string {
  const points = byLoad(results, ({ row }) => Math.max(0.01, row.memoryMaxBytes / 1e6))
  return labelledLines({ title: 'Memory inside, MB (log scale)', points, names, x: LOAD, y: MEGABYTES }, HALF)
}

function byLoad(results: readonly Result[], value: (result: Pick<Result, 'row'>) => number): LinePoint[] {
  const medians = mediansByLoad(results, (row) => value({ row }))
  return medians.map(({ policy, times, value: y }) => ({ policy, x: times, y }))
}

function memoryOverTime(results: readonly Result[], names: Names): string {
  const points = overTime(results, ({ memoryBytes }) =>
    memoryBytes.map((bytes) => Math.max(0.01, bytes / 1e6)),
  )
  const title = 'Memory inside, MB (log scale), at ten times the capacity'
  return svgFile(title, [labelledLines({ title, points, names, x: SECONDS, y: MEGABYTES }, WHOLE)], WHOLE)
}

function goodputOverTime(results: readonly Result[], names: Names): string {
  const capacity = results[0]?.row.capacityPerSecond ?? 1
  const points = overTime(results, ({ goodputPerSecond }) =>
    smooth(goodputPerSecond).map((rate) => rate / capacity),
  )
  const title = 'Answered in time / capacity, while work takes longer and longer'
  return svgFile(title, [labelledLines({ title, points, names, x: SECONDS, y: SHARE }, WHOLE)], WHOLE)
}

function limitsOverTime(results: readonly Result[], names: Names): string {
  const halves = results.filter(({ row }) => row.scenario.startsWith('capacity halves'))
  const points = overTime(halves, ({ limit }) => limit)
  const bands = halves.slice(0, 1).flatMap(({ trigger }) => (trigger ? [trigger] : []))
  const band = Plot.rectX(bands, {
    x1: ({ fromMs }) => fromMs / 1000,
    x2: ({ toMs }) => toMs / 1000,
    fill: 'currentColor',
    fillOpacity: 0.1,
  })
  const title = 'The limit, while the shaded band has half of the capacity'
  const y = { label: null, grid: true, zero: true }
  return svgFile(
    title,
    [labelledLines({ title, points, names, x: SECONDS, y, behind: [band] }, WHOLE)],
    WHOLE,
  )
}

function successByClass(results: readonly Result[], names: Names): string {
  const title = 'Answered in time at three times the capacity: one request in five is critical'
  const size = { ...WHOLE, height: 240 }
  const single = results.filter(({ row }) => !row.scenario.includes('two calls'))
  return svgFile(title, [classBars(title, { results: single, names }, size)], size)
}

function overTime(results: readonly Result[], values: (series: Series) => readonly number[]): LinePoint[] {
  return results.flatMap(({ row, series }) =>
    values(series).map((y, index) => ({ policy: row.policy, x: (index * series.binMs) / 1000, y })),
  )
}

/** The mean of each value and its neighbours. */
function smooth(values: readonly number[]): number[] {
  return values.map((_, index) => {
    const near = values.slice(Math.max(0, index - 4), index + 5)
    return near.reduce((sum, value) => sum + value, 0) / near.length
  })
}
