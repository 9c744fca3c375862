/**
 * `npm run bench -- overload`: ten times what a consumer in another process can do, offered at its times, to the gateway
 * and to the same service in Go, one after the other. About five minutes. Linux, for the memory of a process.
 *
 * Question: what does the consumer get, and how soon does everybody have an answer?
 * Workload: an open loop of 200-byte events; the consumer does CAPACITY a second, one after the other; each service
 *   holds 200 events and waits 100 ms for room. The first 20 s do not count. Latencies are from the scheduled start.
 * Read it as: goodput beside what the consumer can do. A run whose generator was late by more than 5 ms at its 99th
 *   percentile, or to whose requests that meet no queue the machine added more than 20 ms, is invalid, and marked so.
 *
 * Options: --quick (8 s each, not to be quoted), --write (into docs/reference/performance.md).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { ConsumerProcess } from '../../../packages/gateway/test/overload/consumer-process.ts'
import {
  isEarly,
  isLate,
  isTaken,
  type OverloadRun,
  overload,
  p99,
} from '../../../packages/gateway/test/overload/overload-run.ts'
import { loadNow } from '../../harness/machine.ts'
import { build, ROOT_DIR } from '../../harness/prepare.ts'
import { replaceBetweenMarkers, table } from '../../harness/table.ts'
import { type Contender, contenders } from './services.ts'

const DOCUMENT = join(ROOT_DIR, 'docs', 'reference', 'performance.md')
const CAPACITY = 100
const TIMES = 10
const PLANS = { full: { warmUpSeconds: 20, seconds: 60 }, quick: { warmUpSeconds: 2, seconds: 6 } }
const MAX_LAG_MS = 5
const MAX_ADDED_MS = 20
const MIB = 2 ** 20

/** Measures, prints, and writes when asked to; the exit code says whether every promise was kept in a valid run. */
export async function benchOverload(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--quick' && argument !== '--write')
  if (unknown !== undefined) {
    console.error(`unknown argument "${unknown}"; overload takes --quick and --write`)
    return 2
  }
  const quick = args.includes('--quick')
  const loadBefore = loadNow()
  build(console.error)
  const results: Result[] = []
  for (const contender of contenders(console.error)) {
    console.error(`${contender.name}: ${Object.values(quick ? PLANS.quick : PLANS.full).join(' + ')} s`)
    results.push(await measure(contender, quick ? PLANS.quick : PLANS.full))
  }
  const verdicts = promises(results)
  const text = [setting(quick, loadBefore), figures(results), promisesTable(verdicts)].join('\n\n')
  console.log(text)
  if (args.includes('--write') && !quick) {
    writeFileSync(DOCUMENT, replaceBetweenMarkers(readFileSync(DOCUMENT, 'utf8'), 'overload', text))
    console.log(`written to ${DOCUMENT}`)
  }
  return verdicts.every(({ verdict }) => verdict === 'met') ? 0 : 1
}

interface Result {
  readonly name: string
  readonly run: OverloadRun
  /** Why the run says little; empty when it is valid. */
  readonly doubts: readonly string[]
}

async function measure({ name, start }: Contender, plan: typeof PLANS.full): Promise<Result> {
  const consumer = await ConsumerProcess.start(CAPACITY)
  const service = await start(consumer.port)
  const run = await overload(service, consumer, { capacity: CAPACITY, times: TIMES, ...plan })
  await service.stop()
  await consumer[Symbol.asyncDispose]()
  const lagMs = p99(run.answers.map(({ lagMs }) => lagMs))
  const addedMs = p99(run.controlMs)
  const doubts = [
    ...(lagMs > MAX_LAG_MS ? [`sent ${lagMs.toFixed(0)} ms late`] : []),
    ...(addedMs > MAX_ADDED_MS ? [`${addedMs.toFixed(0)} ms added to any request`] : []),
  ]
  return { name, run, doubts }
}

function setting(quick: boolean, loadBefore: number): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const day = new Date().toISOString().slice(0, 10)
  const plan = quick ? PLANS.quick : PLANS.full
  return [
    `Measured ${day}: ${model}, ${availableParallelism()} cores; Node.js ${process.version};`,
    `load before the run ${loadBefore}${quick ? '; a quick run, not to be quoted' : ''}. The consumer does ${CAPACITY} events a second; ${TIMES * CAPACITY} are`,
    `offered for ${plan.seconds} s, after ${plan.warmUpSeconds} s that do not count.`,
  ].join('\n')
}

function figures(results: readonly Result[]): string {
  const rows = results.map(({ name, run, doubts }) => {
    const refused = run.answers.filter((answer) => !isTaken(answer)).length
    const early = run.answers.filter(isEarly)
    return [
      name,
      percent(run.goodput),
      milliseconds(run.answers.filter(isTaken)),
      milliseconds(run.answers.filter((answer) => !isTaken(answer))),
      percent(early.length / refused),
      milliseconds(early),
      `${(run.memory.peakBytes / MIB).toFixed(0)}`,
      (run.memory.slopePerMinute / MIB).toFixed(2),
      doubts.length === 0 ? 'valid' : `invalid: ${doubts.join(', ')}`,
    ]
  })
  return table(
    [
      '',
      'goodput',
      '202: p99 ms',
      'refused: p99 ms',
      'of them early',
      'early: p99 ms',
      'anonymous MiB',
      'MiB a minute',
      'run',
    ],
    rows,
  )
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function milliseconds(answers: readonly { readonly tookMs: number }[]): string {
  return answers.length === 0 ? '–' : p99(answers.map(({ tookMs }) => tookMs)).toFixed(1)
}

interface Promised {
  readonly promise: string
  readonly measured: string
  readonly verdict: 'met' | 'missed' | 'not told: the run was invalid'
}

/** Of the gateway on the disk. */
function promises(results: readonly Result[]): readonly Promised[] {
  const [result] = results
  if (!result) return []
  const { run, doubts } = result
  const refused = run.answers.filter((answer) => !isTaken(answer))
  const early = refused.filter(isEarly)
  const at99 = (answers: OverloadRun['answers']): number => p99(answers.map(({ tookMs }) => tookMs))
  const [takenMs, earlyMs, slope] = [
    at99(run.answers.filter((answer) => isTaken(answer) || isLate(answer))),
    at99(early),
    run.memory.slopePerMinute / MIB,
  ]
  const judged = (promise: string, measured: string, isMet: boolean): Promised => {
    const verdict = doubts.length > 0 ? 'not told: the run was invalid' : isMet ? 'met' : 'missed'
    return { promise, measured, verdict }
  }
  return [
    judged('goodput at least 99 % of the consumer', percent(run.goodput), run.goodput >= 0.99),
    judged('p99 of a 202 at most 100 ms, a flush and 20 ms', `${takenMs.toFixed(1)} ms`, takenMs <= 130),
    judged(
      'at least 90 % of refusals early',
      percent(early.length / refused.length),
      early.length >= 0.9 * refused.length,
    ),
    judged('their p99 at most 20 ms', `${earlyMs.toFixed(1)} ms`, earlyMs <= 20),
    judged('anonymous memory grows by less than 1 MiB a minute', `${slope.toFixed(2)} MiB`, slope < 1),
  ]
}

function promisesTable(verdicts: readonly Promised[]): string {
  const rows = verdicts.map(({ promise, measured, verdict }) => [promise, measured, verdict])
  return table(['promise of the gateway on the disk', 'measured', ''], rows)
}
