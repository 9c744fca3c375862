/**
 * The figure of a hundred machines on one quota: how much of it they use
 * together, and how evenly they are served.
 *
 * The runs are those of `@spillway/redis/simulation`: the limiters as they are,
 * in virtual time.
 */
import * as Plot from '@observablehq/plot'
import { BIN_MS, type FleetResult, runFleet, SCENARIOS } from '@spillway/redis/simulation'
import { drawFigure } from './draw.ts'
import { svgFile } from './svg-file.ts'

/** The scenarios that are drawn, and how they are called. */
const SHOWN: Readonly<Record<string, string>> = {
  'even, twice the quota asked for': 'all ask alike',
  'one node with 90 % of twice the quota': 'one asks for 90 %',
  'the 90 % move to another node every 2 s, twice the quota': 'the 90 % move about',
  'half of the nodes die after 10 s, twice the quota': 'half of them die',
}
const COLOURS = ['#2f7de1', '#2e9e5b', '#b8860b', '#d43d51']
const SECONDS = 10
const DEATH_MS = 5000
const SIZE = { width: 430, height: 300 }
/** The bucket is full at first: what that burst adds is over by then. */
const AFTER_BURST_MS = 1000

/** The name of its file. */
export const FLEET_FIGURE = 'from-one-machine-to-many.svg'

/** One fleet, run. */
export interface FleetRun {
  readonly name: string
  readonly ratePerSecond: number
  readonly result: FleetResult
}

/** Runs the fleets of the figure; the same each time. */
export function runFleets(): readonly FleetRun[] {
  return Object.entries(SHOWN).map(([scenario, name]) => {
    const options = SCENARIOS[scenario]!
    const deaths = options.deaths?.map(({ node }) => ({ node, atMs: DEATH_MS })) ?? []
    const result = runFleet({ ...options, seconds: SECONDS, deaths })
    return { name, ratePerSecond: options.ratePerSecond, result }
  })
}

/** Draws them. */
export function drawFleets(runs: readonly FleetRun[]): string {
  const label = 'A hundred machines on one quota: what they use of it, and how evenly they are served'
  return svgFile(label, [usedOverTime(runs), servedByNode(runs)], SIZE)
}

function usedOverTime(runs: readonly FleetRun[]): string {
  const points = runs.flatMap(({ name, ratePerSecond, result }) =>
    result.acceptedPerBin.map((count, bin) => ({
      name,
      seconds: (bin * BIN_MS) / 1000,
      share: count / ((ratePerSecond * BIN_MS) / 1000),
    })),
  )
  const settled = points.filter(({ seconds }) => seconds * 1000 >= AFTER_BURST_MS)
  return panel('Admitted together / quota, each 250 ms', {
    x: { label: 'seconds →', domain: [0, SECONDS] },
    y: { label: null, domain: [0, 1.4], grid: true },
    marks: [
      Plot.ruleY([1], { stroke: 'currentColor', strokeDasharray: '4 3' }),
      Plot.line(settled, { x: 'seconds', y: 'share', stroke: 'name', strokeWidth: 1.5, strokeOpacity: 0.85 }),
    ],
  })
}

function servedByNode(runs: readonly FleetRun[]): string {
  const bars = runs.map(({ name, result }) => ({
    name,
    least: result.leastServed,
    most: result.mostServed,
    used: `${(100 * result.usedShare).toFixed(1)} % used`,
  }))
  return panel('Part admitted, worst to best served machine / mean', {
    marginLeft: 150,
    x: { label: null, domain: [0, 1.3], grid: true },
    y: { label: null, domain: Object.values(SHOWN) },
    marks: [
      Plot.ruleX([1], { stroke: 'currentColor', strokeDasharray: '4 3' }),
      Plot.link(bars, { x1: 'least', x2: 'most', y1: 'name', y2: 'name', stroke: 'name', strokeWidth: 8 }),
      Plot.text(bars, { x: 0.02, y: 'name', text: 'used', textAnchor: 'start', fill: 'currentColor' }),
    ],
  })
}

function panel(title: string, { marks = [], ...options }: Plot.PlotOptions): string {
  const heading = Plot.text([title], {
    frameAnchor: 'top-left',
    dy: -24,
    dx: -(options.marginLeft ?? 52) + 12,
    fontWeight: 600,
    fontSize: 13,
  })
  const plot = (): Plot.PlotOptions => ({
    height: SIZE.height,
    marginTop: 36,
    marginBottom: 40,
    color: { domain: Object.values(SHOWN), range: COLOURS },
    ...options,
    marks: [...marks, heading],
  })
  return drawFigure({ id: '', title, caption: '', plot }, SIZE.width)
}
