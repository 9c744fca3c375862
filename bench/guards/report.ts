/**
 * The guards' tables for docs/reference/performance.md, and the promises they keep or break.
 */
import { digits } from '../harness/numbers.ts'
import { table } from '../harness/table.ts'
import { intervalOf, ratios } from './interval.ts'
import type { Outcome } from './overload.ts'
import { type Figures, median as middle, type Subject } from './steady.ts'

/** The figures of a run. */
export interface Results {
  /** What is promised, in pairs. */
  readonly pairs: ReadonlyMap<Subject, Figures>
  readonly steady: ReadonlyMap<Subject, Figures>
  readonly overload: readonly Outcome[]
}

/** One promise, and whether it was kept. */
export interface Promised {
  readonly what: string
  readonly promise: string
  readonly measured: string
  readonly met: boolean
}

/** The promises about guards. */
export function promises({ pairs }: Results): readonly Promised[] {
  return ['node:http', 'Fastify'].flatMap((framework) => {
    const guarded = `${framework} + spillway`
    const speeds = (['perSecond', 'perWallSecond'] as const).map((unit) => {
      return intervalOf(
        ratios(figuresOf(pairs, guarded, 'admit')[unit], figuresOf(pairs, framework, 'admit')[unit]),
      )
    })
    const cost = intervalOf(
      ratios(figuresOf(pairs, guarded, 'refuse').cpuUs, figuresOf(pairs, guarded, 'admit', true).cpuUs),
    )
    return [
      ...speeds.map((speed, index) => ({
        what: `requests a ${index === 0 ? 'processor second' : 'second'}, ${guarded} beside ${framework}`,
        promise: '≥ 95 %, its interval from 90 %',
        measured: percents(speed),
        met: speed.median >= 0.95 && speed.low >= 0.9,
      })),
      {
        what: `processor time of an early refusal beside a 202, ${guarded}`,
        promise: '≤ 60 %',
        measured: percents(cost),
        met: cost.median <= 0.6,
      },
    ]
  })
}

/** Everything, as Markdown. What was measured in pairs stands in its row as it was measured there. */
export function report(results: Results, setting: string): string {
  const rows = promises(results).map(({ what, promise, measured, met }) => [
    what,
    promise,
    measured,
    met ? 'met' : '**not met**',
  ])
  return [
    setting,
    table(['what', 'promise', 'measured (95 % interval)', ''], rows),
    '### Admitted: requests in a second of processor time, and on the wall',
    admitted(results),
    '### What an answer costs',
    costs(results),
    '### Under overload',
    overloads(results.overload),
  ].join('\n\n')
}

function admitted({ pairs, steady }: Results): string {
  const twins = [...pairs.keys()].filter(({ contender }) => contender !== undefined)
  const rows = [...steady.keys(), ...twins]
    .filter(({ mode, delivers }) => mode === 'admit' && !delivers)
    .map(({ name }) => {
      const run = find(pairs, name, 'admit') ? pairs : steady
      const figures = figuresOf(run, name, 'admit')
      const bare = figuresOf(run, name.split(/ \+ |, /)[0] ?? '', 'admit')
      const beside = (unit: 'perSecond' | 'perWallSecond'): string =>
        figures === bare ? '1' : percents(intervalOf(ratios(figures[unit], bare[unit])))
      return [
        name,
        digits(middle(figures.cpuUs)),
        digits(middle(figures.perSecond)),
        beside('perSecond'),
        digits(middle(figures.perWallSecond)),
        beside('perWallSecond'),
      ]
    })
  return table(
    [
      'server',
      'CPU µs a request',
      'requests a processor second',
      'beside the bare framework',
      'requests a second',
      'beside it',
    ],
    rows,
  )
}

function costs({ pairs, steady }: Results): string {
  const rows = [...steady.keys()]
    .filter(({ mode }) => mode === 'refuse')
    .map(({ name }) => {
      const run = find(pairs, name, 'refuse') ? pairs : steady
      const { cpuUs } = figuresOf(run, name, 'refuse')
      const plain = figuresOf(run, name, 'admit').cpuUs
      const delivered = find(run, name, 'admit', true)?.cpuUs
      return [
        name,
        digits(middle(cpuUs)),
        digits(middle(plain)),
        percents(intervalOf(ratios(cpuUs, plain))),
        delivered ? digits(middle(delivered)) : '–',
        delivered ? percents(intervalOf(ratios(cpuUs, delivered))) : '–',
      ]
    })
  const head = [
    'server',
    'refusal µs',
    '202 by an empty handler µs',
    'beside it',
    '202 of an event service µs',
    'beside it',
  ]
  return table(head, rows)
}

/** A generator that was later than this, at its 99th percentile, has measured itself. */
export const MAX_LAG_MS = 20

function overloads(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { name, times, lagP99Ms } = outcome
    const figures = [
      percent(outcome.goodput),
      milliseconds(outcome.acceptedP99Ms),
      milliseconds(outcome.refusedP99Ms),
      percent(outcome.refusedShare),
      percent(outcome.lostShare),
    ]
    const shown = lagP99Ms <= MAX_LAG_MS ? figures : ['invalid', ...figures.slice(1).map(() => '–')]
    return [name, `${times} ×`, ...shown, milliseconds(lagP99Ms)]
  })
  const head = [
    'server',
    'load',
    'goodput',
    'p99 of 2xx',
    'p99 of refusals',
    'refused',
    'gave up',
    'generator late, p99',
  ]
  return table(head, rows)
}

function find(
  steady: Results['steady'],
  name: string,
  mode: Subject['mode'],
  delivers = false,
): Figures | undefined {
  for (const [subject, figures] of steady) {
    if (subject.name === name && subject.mode === mode && (subject.delivers ?? false) === delivers)
      return figures
  }
  return undefined
}

function figuresOf(
  steady: Results['steady'],
  name: string,
  mode: Subject['mode'],
  delivers = false,
): Figures {
  const figures = find(steady, name, mode, delivers)
  if (!figures) throw new Error(`nothing was measured of ${name}, ${mode}`)
  return figures
}

function percents({ median, low, high }: ReturnType<typeof intervalOf>): string {
  return `${percent(median)} (${percent(low)}–${percent(high)})`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '–' : `${digits(value)} ms`
}
