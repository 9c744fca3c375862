/**
 * The figure of operating: a minute with three troubles, and what the metrics
 * of a stream show in each.
 *
 * The stream is one of a gateway's configuration, played in virtual time.
 */
import * as Plot from '@observablehq/plot'
import { gatewayStream } from '../replay/gateway-stream.ts'
import { CAPACITY, CLIENTS, SERVER } from '../scenario/catalogue.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { BIN_MS, type Journal } from '../sim/journal.ts'
import { simulate } from '../sim/simulate.ts'
import { labelledLines } from './labelled-lines.ts'
import { svgColumn } from './svg-file.ts'

/** The name of its file. */
export const INCIDENT_FIGURE = 'operating-the-gateway.svg'

/** A stretch of the minute, and what is wrong in it. */
export interface Trouble {
  readonly fromMs: number
  readonly toMs: number
  readonly what: string
}

const SLOW: Trouble = { fromMs: 8000, toMs: 20_000, what: 'work takes twice as long' }
const STALL: Trouble = { fromMs: 28_000, toMs: 31_000, what: 'nothing moves' }
const FLOOD: Trouble = { fromMs: 40_000, toMs: 52_000, what: 'three times as much arrives' }

/** The troubles in the order of time. */
export const TROUBLES: readonly Trouble[] = [SLOW, STALL, FLOOD]

const STREAM = `
streams:
  orders: { window: { items: 200 }, whenFull: block, enqueueTimeoutMs: 100 }
`
const USUAL = 0.6
const END_MS = 60_000
const STEP_MS = 500
const SIZE = { width: 720, height: 230 }
const X = { label: 'seconds →', domain: [0, END_MS / 1000] }

/** The minute, the same each time. */
export function runIncident(): Journal {
  const rate = (times: number): number => times * USUAL * CAPACITY
  const scenario: Scenario = {
    name: 'a minute with three troubles',
    load: [
      { fromMs: 0, ratePerSecond: rate(1) },
      { fromMs: FLOOD.fromMs, ratePerSecond: rate(3) },
      { fromMs: FLOOD.toMs, ratePerSecond: rate(1) },
    ],
    server: { ...SERVER, slowdowns: [{ ...SLOW, factor: 2 }], stalls: [STALL] },
    clients: { ...CLIENTS, timeoutMs: 2 * END_MS },
    warmUpMs: 0,
    endMs: END_MS,
  }
  return simulate(scenario, gatewayStream('the figure', STREAM, 'orders'), 1)
}

/** Draws it. */
export function drawIncident(journal: Journal): string {
  return svgColumn(
    'A minute with three troubles: what arrives, is delivered and refused, and what is inside',
    [rates(journal), depth(journal)],
    SIZE,
  )
}

function rates(journal: Journal): string {
  const names = { arrived: 'arrives', answered: 'delivered', refused: 'refused' }
  const steps = Array.from({ length: END_MS / STEP_MS }, (_, index) => index * STEP_MS)
  const points = (['arrived', 'answered', 'refused'] as const).flatMap((event) =>
    steps.map((fromMs) => ({
      policy: event,
      x: (fromMs + STEP_MS / 2) / 1000,
      y: (journal.between(event, fromMs, fromMs + STEP_MS) * 1000) / STEP_MS,
    })),
  )
  const y = { label: null, grid: true, zero: true, ticks: 4 }
  const colours = ['#8a8f98', '#2f7de1', '#d43d51']
  return labelledLines(
    { title: 'Events a second', points, names, colours, x: X, y, behind: [...bands(), words()] },
    SIZE,
  )
}

function depth({ insides }: Journal): string {
  const every = 100 / BIN_MS
  const points = insides
    .filter((_, bin) => bin % every === 0)
    .map((count, index) => ({ policy: 'inside', x: index / 10, y: count }))
  const names = { inside: 'inside' }
  const y = { label: null, grid: true, zero: true, ticks: 4 }
  const title = 'Events inside: in delivery, in the window of 200, waiting for a place in it'
  return labelledLines({ title, points, names, colours: ['#b8860b'], x: X, y, behind: bands() }, SIZE)
}

function bands(): Plot.Markish[] {
  return [
    Plot.rectX(TROUBLES, {
      x1: ({ fromMs }) => fromMs / 1000,
      x2: ({ toMs }) => toMs / 1000,
      fill: 'currentColor',
      fillOpacity: 0.1,
    }),
  ]
}

function words(): Plot.Markish {
  return Plot.text(TROUBLES, {
    x: ({ fromMs, toMs }) => (fromMs + toMs) / 2000,
    text: 'what',
    frameAnchor: 'top',
    dy: -10,
    fontSize: 11,
  })
}
