/**
 * `lab sim`: scenarios in virtual time.
 */
import { readFile } from 'node:fs/promises'
import { type Command, createCommand, Option } from 'commander'
import { POLICY_NAMES } from '../policies/roster.ts'
import { recordingText, SCHEMA } from '../record/result.ts'
import { tablesOf } from '../record/table.ts'
import { readScenario } from '../scenario/scenario-file.ts'
import { type Case, SCENARIO_SETS, SWEEP, sweep } from '../scenario/standard.ts'
import { planRuns, weightOf } from '../sim/plan.ts'
import type { Run } from '../sim/result-of.ts'
import { type RunAllOutcome, runAll } from '../sim/run-all.ts'
import { examplesText } from './examples.ts'
import { onInterrupt } from './interrupt.ts'
import { integer, namesOf, positives } from './parse-options.ts'
import { startProgress } from './progress.ts'
import { writeWhole } from './write-whole.ts'

interface SimOptions {
  readonly scenario?: string
  readonly policies: readonly string[]
  readonly loads?: readonly number[]
  readonly seeds: number
  readonly seed: number
  readonly quick?: true
  readonly threads?: number
  readonly out: string
}

/** The command. */
export function simCommand(): Command {
  const sets = Object.entries(SCENARIO_SETS).map(([name, { question }]) => `  ${name.padEnd(8)} ${question}`)
  return createCommand('sim')
    .description("Runs scenarios in virtual time, on the library's own objects: same seed, same bytes.")
    .argument('[sets...]', 'scenario sets; S1 when none is named, "all" for all of them')
    .addOption(new Option('--scenario <file>', 'a scenario of your own, in YAML or JSON'))
    .addOption(
      new Option('--policies <names>', 'policies, separated by commas')
        .argParser(namesOf(POLICY_NAMES))
        .default(POLICY_NAMES, 'all'),
    )
    .addOption(
      new Option(
        '--loads <times>',
        `loads of S1 in multiples of the capacity (default: ${SWEEP.join(',')})`,
      ).argParser(positives),
    )
    .addOption(new Option('--seeds <count>', 'how many seeds').argParser(integer(1, 1000)).default(1))
    .addOption(new Option('--seed <number>', 'the first seed').argParser(integer(0, 1e6)).default(1))
    .addOption(new Option('--quick', 'a fifth of the time, for a first look'))
    .addOption(
      new Option('--threads <count>', 'worker threads (default: all processors)').argParser(integer(1, 64)),
    )
    .addOption(new Option('--out <file>', 'where the results go').default('lab-results/sim.json'))
    .addHelpText(
      'after',
      () => `\nSets:\n${sets.join('\n')}\n\nPolicies:\n  ${POLICY_NAMES.join(', ')}\n${examplesText('sim')}`,
    )
    .action(runSim)
}

async function runSim(names: readonly string[], options: SimOptions): Promise<void> {
  const seeds = Array.from({ length: options.seeds }, (_, index) => options.seed + index)
  const chosen = options.scenario ? [await ownSet(options.scenario)] : setsNamed(names, options)
  const { complete, results } = await runShown(planRuns(chosen, options.policies, seeds), options.threads)
  const recording = {
    schema: SCHEMA,
    command: commandOf(names, options),
    seeds,
    complete,
    results,
  } as const
  await writeWhole(options.out, recordingText(recording))
  console.log(tablesOf(results))
  console.log(`${results.length} runs written to ${options.out}; "report ${options.out}" draws them.`)
  if (!complete) process.exitCode = 130
}

/** Does the runs, shows how far it is, and minds Ctrl-C. */
export async function runShown(runs: readonly Run[], threads?: number): Promise<RunAllOutcome> {
  const { signal, release } = onInterrupt()
  const progress = startProgress(runs.reduce((sum, run) => sum + weightOf(run), 0))
  try {
    return await runAll(runs, {
      threads,
      signal,
      onDone: ({ policy, scenario }, weight) => progress.advance(weight, `${policy}, ${scenario.name}`),
    })
  } finally {
    progress.stop()
    release()
  }
}

/** Sets by their names; `all` is all of them, none is S1. */
function setsNamed(
  names: readonly string[],
  { quick, loads }: SimOptions,
): { name: string; cases: readonly Case[] }[] {
  const pace = quick ? 'quick' : 'full'
  const wanted = names.includes('all') ? Object.keys(SCENARIO_SETS) : names.length === 0 ? ['S1'] : names
  return wanted.map((name) => {
    const set = SCENARIO_SETS[name]
    if (!set)
      throw new Error(
        `there is no scenario set "${name}"; known are ${Object.keys(SCENARIO_SETS).join(', ')}, all`,
      )
    return { name, cases: name === 'S1' && loads ? sweep(loads, pace) : set.cases(pace) }
  })
}

async function ownSet(path: string): Promise<{ name: string; cases: readonly Case[] }> {
  return { name: 'own', cases: [readScenario(path, await readFile(path, 'utf8'))] }
}

function commandOf(names: readonly string[], options: SimOptions): string {
  const { scenario, policies, loads, seeds, seed, quick } = options
  return [
    'npm run lab -- sim',
    ...names,
    ...(scenario ? [`--scenario ${scenario}`] : []),
    ...(policies.length < POLICY_NAMES.length ? [`--policies ${policies.join(',')}`] : []),
    ...(loads ? [`--loads ${loads.join(',')}`] : []),
    `--seeds ${seeds} --seed ${seed}`,
    ...(quick ? ['--quick'] : []),
  ].join(' ')
}
