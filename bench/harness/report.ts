/**
 * The report: one table of promises, one table for each benchmark, in
 * Markdown, for the terminal and for docs/reference/performance.md.
 */
import type { Benchmark } from './benchmark.ts'
import type { Budget } from './budgets.ts'
import type { Figures } from './figures.ts'
import type { Header } from './header.ts'
import type { Setting } from './machine.ts'
import { digits, withSpread } from './numbers.ts'
import type { Results, SubjectResult } from './rounds.ts'
import { table } from './table.ts'

/** Everything a report is made of. */
export interface Run {
  readonly setting: Setting
  readonly benchmarks: readonly Benchmark[]
  readonly budgets: readonly Budget[]
  /** What each benchmark says of itself, by its name. */
  readonly headers: ReadonlyMap<string, Header>
  readonly results: Results
  readonly figures: Figures
}

/** The whole report. */
export function report(run: Run): string {
  const sections = [`### Promises\n\n${promises(run)}`, ...run.benchmarks.map((one) => section(one, run))]
  return `${setting(run.setting)}\n\n${sections.join('\n\n')}\n`
}

function setting(facts: Setting): string {
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured ${facts.date}: ${facts.processor}; ${facts.system}; Node.js ${facts.node}; ${facts.go}.`,
    `${facts.rounds} round${facts.rounds === 1 ? '' : 's'}; load before the run ${facts.loadBefore}.`,
    `Versions: ${versions.join(', ')}.`,
  ].join('\n')
}

/** The table of promises alone. */
export function promises({ budgets, figures }: Pick<Run, 'budgets' | 'figures'>): string {
  return table(
    ['what', 'promise', 'measured', ''],
    budgets.map((budget) => {
      const verdict = budget.judge(figures)
      if (!verdict) return [budget.what, budget.promise, 'not measured', '–']
      return [budget.what, budget.promise, verdict.measured, verdict.met ? 'met' : '**not met**']
    }),
  )
}

function section(benchmark: Benchmark, { headers, results, figures }: Run): string {
  const header = headers.get(benchmark.name)
  const subjects = results.get(benchmark.name)
  const rows = Object.keys(benchmark.subjects)
    .map((name) => ({ name, result: subjects?.get(name) ?? { figures: [] } }))
    .map((row) => ({ ...row, summary: figures.summary([benchmark.name, row.name]) }))
    .sort(bestFirst(benchmark))
    .map(({ name, result, summary }) => [
      name,
      summary ? withSpread(summary) : absence(result),
      name === benchmark.reference ? '1' : compared(figures, benchmark, name),
    ])
  const unit = benchmark.metric.unit === '' ? 'figure' : benchmark.metric.unit
  return [
    `### ${benchmark.name}`,
    ...(header ? [quoted(header)] : []),
    table(['', unit, `times as good as ${benchmark.reference}`], rows),
  ].join('\n\n')
}

function quoted({ question, workload, readItAs }: Header): string {
  const parts = [question, `*Workload:* ${workload}`, `*Read it as:* ${readItAs}`]
  return parts
    .map((part) =>
      part.replace(/^(\*.+?:\* )?./, (start) => start.slice(0, -1) + start.slice(-1).toUpperCase()),
    )
    .join('\n\n')
}

interface Row {
  readonly summary: { readonly median: number } | undefined
}

function bestFirst({ metric }: Benchmark): (one: Row, other: Row) => number {
  const worst = metric.better === 'higher' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const sign = metric.better === 'higher' ? -1 : 1
  return (one, other) => {
    const a = one.summary?.median ?? worst
    const b = other.summary?.median ?? worst
    return a === b ? 0 : sign * (a - b)
  }
}

function compared(figures: Figures, benchmark: Benchmark, name: string): string {
  const advantage = figures.advantage(benchmark.name, name, benchmark.reference)
  return advantage ? withSpread(advantage) : '–'
}

function absence({ skipped, failed }: SubjectResult): string {
  if (skipped !== undefined) return `skipped: ${skipped}`
  return failed === undefined ? 'not measured' : `failed: ${failed}`
}

/** How many promises are kept, in one line. */
export function verdictLine({ budgets, figures }: Pick<Run, 'budgets' | 'figures'>): string {
  const verdicts = budgets.map((budget) => budget.judge(figures)).filter((verdict) => verdict !== undefined)
  const met = verdicts.filter((verdict) => verdict.met).length
  return `${digits(met)} of ${digits(verdicts.length)} promises met`
}
