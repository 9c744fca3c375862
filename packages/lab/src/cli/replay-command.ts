/**
 * `lab replay`: what a policy would have done with traffic that was.
 */
import { readFile } from 'node:fs/promises'
import { type Command, createCommand, Option } from 'commander'
import type { MakePolicy } from '../policies/policy.ts'
import { POLICY_NAMES, policyNamed } from '../policies/roster.ts'
import { gatewayStream } from '../replay/gateway-stream.ts'
import { readTrace } from '../replay/read-trace.ts'
import { replay } from '../replay/replay.ts'
import type { Tally } from '../replay/tally.ts'
import { FORMATS, type Trace } from '../replay/trace.ts'
import { replaySummary } from '../replay/words.ts'
import { reportPage } from '../report/page.ts'
import { replayFigures } from '../report/replay-plots.ts'
import { examplesText } from './examples.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, positive } from './parse-options.ts'
import { startProgress } from './progress.ts'
import { writeWhole } from './write-whole.ts'

interface ReplayOptions {
  readonly policy: string
  readonly gatewayConfig?: string
  readonly stream: string
  readonly serviceRate: number
  readonly slots: number
  readonly deadline: number
  readonly scale: number
  readonly seed: number
  readonly out: string
}

/** The command. */
export function replayCommand(): Command {
  const number = (flags: string, description: string, parser = positive): Option =>
    new Option(flags, description).argParser(parser)
  return createCommand('replay')
    .description(
      'Replays a log or a table of counts against a policy: what would have been accepted, delayed and shed, and when.',
    )
    .argument('<trace>', `the trace. ${FORMATS}.`)
    .addOption(new Option('--policy <name>', 'the policy').choices(POLICY_NAMES).default('processor'))
    .addOption(new Option('--gateway-config <file>', "a stream of a gateway's configuration instead"))
    .addOption(new Option('--stream <name>', 'which stream of it').default('events'))
    .addOption(number('--service-rate <perSecond>', 'what the server can do').makeOptionMandatory())
    .addOption(
      number(
        '--slots <count>',
        'how much it does at once: one piece of work takes slots / service-rate',
        integer(1, 10_000),
      ).default(16),
    )
    .addOption(number('--deadline <ms>', 'how long clients wait').default(200))
    .addOption(number('--scale <factor>', 'multiplies the traffic').default(1))
    .addOption(number('--seed <number>', 'the seed', integer(0, 1e6)).default(1))
    .addOption(new Option('--out <file>', 'the report').default('lab-results/replay.html'))
    .addHelpText('after', examplesText('replay'))
    .action(runReplay)
}

async function runReplay(path: string, options: ReplayOptions): Promise<void> {
  const [makePolicy, trace] = [await policyOf(options), await readTrace(path)]
  const { tally, complete } = await replayShown({ trace, makePolicy, ...options })
  const policy = options.gatewayConfig
    ? `stream ${options.stream} of ${options.gatewayConfig}`
    : options.policy
  if (tally.bins.every(({ arrived }) => arrived === 0)) {
    throw new Error(`at a scale of ${options.scale} no request is left of ${path}; raise --scale`)
  }
  const summary = [
    ...replaySummary(tally, { ...options, deadlineMs: options.deadline }, policy),
    ...(trace.badLines > 0
      ? [`${trace.badLines} lines could not be read; the first, ${trace.firstBad}`]
      : []),
    ...(complete ? [] : ['Interrupted: this is what was replayed until then.']),
  ]
  const { serviceRate, slots, deadline, scale, seed } = options
  const page = reportPage({
    title: `Replay of ${path}`,
    summary,
    figures: replayFigures(tally.bins, tally.binMs, serviceRate),
    tables:
      [...tally.refusals].map(([code, count]) => `${code}: ${count.toLocaleString('en')}`).join('\n') ||
      'nothing was refused',
    commands: [
      `npm run lab -- replay ${path} ${options.gatewayConfig ? `--gateway-config ${options.gatewayConfig} --stream ${options.stream}` : `--policy ${policy}`} --service-rate ${serviceRate} --slots ${slots} --deadline ${deadline} --scale ${scale} --seed ${seed}`,
    ],
    notes: [
      'The trace says how many came in each stretch of time; within it they come at random.',
      'Service times are exponential. Nobody tries again: those who were refused are gone.',
    ],
  })
  await writeWhole(options.out, page)
  console.log(summary.join('\n'))
  console.log(`${options.out} shows when.`)
  if (!complete) process.exitCode = 130
}

async function policyOf({ gatewayConfig, stream, policy }: ReplayOptions): Promise<MakePolicy> {
  if (gatewayConfig === undefined) return policyNamed(policy).make
  return gatewayStream(gatewayConfig, await readFile(gatewayConfig, 'utf8'), stream)
}

async function replayShown(
  plan: ReplayOptions & { readonly trace: Trace; readonly makePolicy: MakePolicy },
): Promise<{ tally: Tally; complete: boolean }> {
  const { signal, release } = onInterrupt()
  const total = plan.trace.counts.reduce((sum, count) => sum + count, 0) * plan.scale
  const progress = startProgress(Math.max(1, total))
  try {
    const tally = await replay({
      ...plan,
      deadlineMs: plan.deadline,
      signal,
      onBin: (requests) => progress.advance(requests, plan.policy),
    })
    return { tally, complete: !signal.aborted }
  } finally {
    progress.stop()
    release()
  }
}
