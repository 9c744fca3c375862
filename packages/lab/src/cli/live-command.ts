/**
 * `lab live`: the same in real time, on real sockets of this machine.
 */
import { type Command, createCommand, Option } from 'commander'
import { calibrate, recalibrate } from '../live/calibrate.ts'
import { driftFault, type LivePlan } from '../live/live-plan.ts'
import { runLive } from '../live/run-live.ts'
import { POLICY_NAMES } from '../policies/roster.ts'
import { type Result, recordingText, SCHEMA } from '../record/result.ts'
import { markdown } from '../record/table.ts'
import { budgetsOf } from '../report/budgets.ts'
import { bytes } from '../report/size-words.ts'
import { examplesText } from './examples.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, namesOf, positives } from './parse-options.ts'
import { startProgress } from './progress.ts'
import { writeWhole } from './write-whole.ts'

interface LiveOptions {
  readonly policies: readonly string[]
  readonly loads: readonly number[]
  readonly seed: number
  readonly quick?: true
  readonly memoryBound: number
  readonly out: string
}

const USUAL = ['unbounded-queue', 'parked-in-wait', 'drop-newest', 'processor', 'limiter', 'gateway']

/** The command. */
export function liveCommand(): Command {
  return createCommand('live')
    .description('Runs policies on node:http, and the real gateway, under an open-loop load; 127.0.0.1 only.')
    .addOption(
      new Option('--policies <names>', 'policies, and "gateway", separated by commas')
        .argParser(namesOf([...POLICY_NAMES, 'gateway']))
        .default(USUAL, USUAL.join(',')),
    )
    .addOption(
      new Option('--loads <times>', 'loads in multiples of the measured capacity')
        .argParser(positives)
        .default([2], '2'),
    )
    .addOption(new Option('--seed <number>', 'the seed').argParser(integer(0, 1e6)).default(1))
    .addOption(
      new Option('--quick', 'runs of 6 s instead of 80 s; they cannot tell whether memory grows slowly'),
    )
    .addOption(
      new Option(
        '--memory-bound <megabytes>',
        'a server that holds so much more than at its start is stopped',
      )
        .argParser(integer(16, 8192))
        .default(64),
    )
    .addOption(new Option('--out <file>', 'where the results go').default('lab-results/live.json'))
    .addHelpText('after', examplesText('live'))
    .action(live)
}

async function live(options: LiveOptions): Promise<void> {
  const { policies, loads, seed, quick } = options
  const { signal, release } = onInterrupt()
  const calibration = await calibrate(seed)
  const { capacityPerSecond, costs } = calibration
  const cost = costs
    ? `an answer costs ${costs.answerMs.toFixed(3)} ms of processor time, a refusal ${costs.refusalMs.toFixed(3)} ms`
    : 'the cost of a refusal could not be told from the noise'
  console.log(`The server does ${capacityPerSecond.toFixed(0)} a second; ${cost}.`)
  const [warmUpMs, endMs] = quick ? [1000, 6000] : [20_000, 80_000]
  const memoryBoundBytes = options.memoryBound * 1e6
  const plans: LivePlan[] = policies.flatMap((policy) =>
    loads.map((times) => planned({ policy, times, ...calibration, seed, warmUpMs, endMs, memoryBoundBytes })),
  )
  const runs = await runPlans(plans, signal)
  const results = signal.aborted ? runs : await againstDrift(runs, capacityPerSecond, seed)
  release()
  const complete = results.length === plans.length
  const command = `npm run lab -- live --policies ${policies.join(',')} --loads ${loads.join(',')} --seed ${seed}${quick ? ' --quick' : ''}`
  await writeWhole(options.out, recordingText({ schema: SCHEMA, command, seeds: [seed], complete, results }))
  console.log(liveTable(results))
  console.log(budgetTable(results))
  for (const { row, live: facts } of results) {
    for (const fault of facts?.faults ?? [])
      console.log(`${row.policy} at ${row.times}x does not count: ${fault}`)
  }
  console.log(`${results.length} runs written to ${options.out}`)
  if (!complete) process.exitCode = 130
}

/**
 * The gateway delivers to a consumer of a fifth of what the server does: at twice the server's capacity ten times as
 * much arrives as its consumer can take, for which its promises are made.
 */
function planned(plan: LivePlan): LivePlan {
  if (plan.policy !== 'gateway') return plan
  return { ...plan, capacityPerSecond: plan.capacityPerSecond / 5, times: 5 * plan.times }
}

/** The results, none of which counts when the server is not what it was at first. */
async function againstDrift(
  results: readonly Result[],
  capacityPerSecond: number,
  seed: number,
): Promise<readonly Result[]> {
  const fault = driftFault(capacityPerSecond, await recalibrate(seed))
  if (fault === undefined) return results
  return results.map((result) => ({
    ...result,
    row: { ...result.row, valid: false },
    live: result.live && { ...result.live, faults: [...result.live.faults, fault] },
  }))
}

async function runPlans(plans: readonly LivePlan[], signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = []
  const progress = startProgress(plans.length)
  for (const plan of plans) {
    if (signal.aborted) break
    results.push(await runLive(plan))
    progress.advance(1, `${plan.policy} at ${plan.times}x`)
  }
  progress.stop()
  return results
}

/** What is promised of Spillway's policies, and whether these runs show it held. */
function budgetTable(results: readonly Result[]): string {
  const rows = results
    .flatMap(budgetsOf)
    .map(({ policy, times, promise, measured, verdict }) => [policy, `${times}x`, promise, measured, verdict])
  return rows.length === 0 ? '' : markdown([['policy', 'load', 'promise', 'measured', ''], ...rows])
}

/** What was measured; of a run that doesn't count nothing is reported but that. */
function liveTable(results: readonly Result[]): string {
  const head = [
    'policy',
    'load',
    'goodput',
    'sim',
    'ceiling',
    'p99',
    'refused p99',
    'inside',
    'memory',
    'slope/min',
    'loop delay p99',
    'run',
  ]
  const ms = (value: number | null): string => (value === null ? '-' : `${value.toFixed(0)} ms`)
  const rows = results.map(({ row, live: facts }) => {
    const start = [row.policy, `${row.times}x`]
    const growth = [
      String(row.insideMax),
      bytes(row.memoryMaxBytes),
      bytes(Math.max(0, row.memorySlopeBytesPerMinute)),
      ms(facts?.eventLoopDelayP99Ms ?? null),
    ]
    if (facts?.stoppedAtMemoryBound)
      return [...start, '-', '-', '-', '-', '-', ...growth, 'stopped at the memory bound']
    if (!row.valid) return [...start, ...Array.from({ length: 9 }, () => '-'), 'invalid']
    return [
      ...start,
      row.goodputRatio.toFixed(2),
      facts?.simGoodputRatio?.toFixed(2) ?? '-',
      row.ceiling.toFixed(2),
      ms(row.p99Ms),
      ms(row.refusedP99Ms),
      ...growth,
      'valid',
    ]
  })
  return markdown([head, ...rows])
}
