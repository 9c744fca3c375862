/**
 * `npm run bench`: measures Spillway beside other packages and prints how it
 * keeps its promises.
 *
 * The first run installs the compared packages into `bench/node_modules`;
 * nothing else of the repository needs them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { benchGateway } from './gateway/main.ts'
import { benchOverload } from './gateway-http/overload/main.ts'
import { HELP, type Request, readArguments, UsageError } from './harness/arguments.ts'
import type { Benchmark } from './harness/benchmark.ts'
import type { Budget } from './harness/budgets.ts'
import { Figures } from './harness/figures.ts'
import { readHeader } from './harness/header.ts'
import { describeSetting, loadNow } from './harness/machine.ts'
import { canPin, measureInProcess } from './harness/one-process.ts'
import { BENCH_DIR, build, buildGo, compile, installPeers, ROOT_DIR } from './harness/prepare.ts'
import { duration, openProgress } from './harness/progress.ts'
import { type Run, report, verdictLine } from './harness/report.ts'
import { measureAll, planRounds, type Results } from './harness/rounds.ts'
import { replaceBetweenMarkers } from './harness/table.ts'
import { compareRedis } from './redis/compare.ts'

const DOCUMENT = join(ROOT_DIR, 'docs', 'reference', 'performance.md')

try {
  const [topic, ...rest] = process.argv.slice(2)
  if (topic === 'gateway') process.exit(await benchGateway(rest))
  if (topic === 'overload') process.exit(await benchOverload(rest))
  if (topic === 'redis') process.exit(await compareRedis(rest))
  process.exitCode =
    topic === 'guards' ? await guards(rest) : await main(readArguments(process.argv.slice(2)))
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${HELP}` : error)
  process.exitCode = 2
}

async function main(request: Request): Promise<number> {
  if (request.action === 'help') {
    console.log(HELP)
    return 0
  }
  installPeers(console.error)
  compile(console.error)
  if (request.action === 'typecheck') return 0
  const benchmarks = await loadBenchmarks(request)
  if (request.action === 'list') {
    for (const { name, subjects } of benchmarks)
      console.log(`${name}\n  ${Object.keys(subjects).join('\n  ')}`)
    return 0
  }
  const run = await measure(benchmarks, request)
  const text = report(run)
  console.log(text)
  console.log(verdictLine(run))
  if (request.write) {
    writeFileSync(DOCUMENT, replaceBetweenMarkers(readFileSync(DOCUMENT, 'utf8'), 'bench', text))
    console.log(`written to ${DOCUMENT}`)
  }
  return reportFailures(run.results)
}

/** Servers under load need another harness: several processes at a time. */
async function guards(args: readonly string[]): Promise<number> {
  installPeers(console.error)
  build(console.error)
  const { benchGuards } = await import('./guards/main.ts')
  return benchGuards(args)
}

async function loadBenchmarks({ topics }: Request): Promise<readonly Benchmark[]> {
  const { catalogue } = (await importCompiled('catalogue')) as { catalogue: readonly Benchmark[] }
  // The clock is always measured: some promises are made relative to it.
  return catalogue.filter(({ topic }) => topic === 'clock' || topics.includes(topic))
}

/** Compiled a moment ago, and checked then against the packages' own types. */
function importCompiled(module: 'catalogue' | 'budgets'): Promise<unknown> {
  return import(pathToFileURL(join(BENCH_DIR, 'dist', 'topics', `${module}.js`)).href)
}

async function measure(benchmarks: readonly Benchmark[], request: Request): Promise<Run> {
  const go = buildGo(console.error)
  const pin = canPin() ? request.pin : undefined
  if (pin !== request.pin) console.error('taskset is not installed: the processes are not pinned')
  const loadBefore = loadNow()
  const steps = planRounds(benchmarks, request.rounds)
  const progress = await openProgress(request.rounds)
  const startMs = performance.now()
  let done = 0
  const results = await measureAll(steps, (step) => {
    progress.step(step, done, steps.length)
    done++
    return measureInProcess(step.benchmark, step.subject, { scale: request.scale, pin, go })
  })
  progress.end()
  console.error(`${done} measurements in ${duration(performance.now() - startMs)}`)
  const { budgets } = (await importCompiled('budgets')) as { budgets: readonly Budget[] }
  const topics = new Set(benchmarks.map(({ topic }) => topic))
  return {
    setting: describeSetting(benchmarks, { rounds: request.rounds, go: go.version, loadBefore }),
    benchmarks,
    budgets: budgets.filter((budget) => budget.topics.every((topic) => topics.has(topic))),
    headers: new Map(benchmarks.map((benchmark) => [benchmark.name, headerOf(benchmark)])),
    results,
    figures: new Figures(benchmarks, results),
  }
}

function headerOf({ topic, name }: Benchmark) {
  const file = join(BENCH_DIR, 'topics', topic, `${name.slice(topic.length + 1)}.ts`)
  return readHeader(readFileSync(file, 'utf8'), file)
}

/** 1 when a subject failed: a table with holes is no table. */
function reportFailures(results: Results): number {
  let exitCode = 0
  for (const [benchmark, subjects] of results) {
    for (const [subject, { failed }] of subjects) {
      if (failed === undefined) continue
      console.error(`failed: ${benchmark}, ${subject}: ${failed}`)
      exitCode = 1
    }
  }
  return exitCode
}
