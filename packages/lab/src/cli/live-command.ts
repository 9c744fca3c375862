/**
 * `lab live`: the same in real time, on real sockets of this machine.
 */
import { type Command, createCommand, Option } from 'commander'
import { calibrate, recalibrate } from '../live/calibrate.ts'
import { driftFault, type LivePlan, USUAL_SLOTS } from '../live/live-plan.ts'
import { runLive } from '../live/run-live.ts'
import { POLICY_NAMES } from '../policies/roster.ts'
import { type Result, recordingText, SCHEMA } from '../record/result.ts'
import { examplesText } from './examples.ts'
import { onInterrupt } from './interrupt.ts'
import { liveWords } from './live-words.ts'
import { integer, namesOf, positives } from './parse-options.ts'
import { startProgress } from './progress.ts'
import { writeWhole } from './write-whole.ts'

interface LiveOptions {
  readonly policies: readonly string[]
  readonly loads: readonly number[]
  readonly slots: number
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
    .addOption(
      new Option(
        '--slots <count>',
        'what the server does at once, 20 ms each: fewer ask less of this machine',
      )
        .argParser(integer(1, 64))
        .default(USUAL_SLOTS),
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
  const { policies, loads, slots, seed, quick } = options
  const { signal, release } = onInterrupt()
  const calibration = await calibrate(slots, seed)
  const { capacityPerSecond, costs } = calibration
  const cost = costs
    ? `an answer costs ${costs.answerMs.toFixed(3)} ms of processor time, a refusal ${costs.refusalMs.toFixed(3)} ms`
    : 'the cost of a refusal could not be told from the noise'
  console.log(`The server does ${capacityPerSecond.toFixed(0)} a second; ${cost}.`)
  const [warmUpMs, endMs] = quick ? [1000, 6000] : [20_000, 80_000]
  const memoryBoundBytes = options.memoryBound * 1e6
  const plans: LivePlan[] = policies.flatMap((policy) =>
    loads.map((times) =>
      planned({ policy, times, slots, ...calibration, seed, warmUpMs, endMs, memoryBoundBytes }),
    ),
  )
  const runs = await runPlans(plans, signal)
  const results = signal.aborted ? runs : await againstDrift(runs, capacityPerSecond, { slots, seed })
  release()
  const complete = results.length === plans.length
  const command = `npm run lab -- live --policies ${policies.join(',')} --loads ${loads.join(',')} --slots ${slots} --seed ${seed}${quick ? ' --quick' : ''}`
  await writeWhole(options.out, recordingText({ schema: SCHEMA, command, seeds: [seed], complete, results }))
  console.log(liveWords(results))
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
  { slots, seed }: Pick<LiveOptions, 'slots' | 'seed'>,
): Promise<readonly Result[]> {
  const fault = driftFault(capacityPerSecond, await recalibrate(slots, seed))
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
