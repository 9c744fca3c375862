/**
 * `lab report`: one HTML file from recordings, or from runs of its own.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, createCommand, Option } from 'commander'
import { POLICY_NAMES } from '../policies/roster.ts'
import { readRecording } from '../record/read-recording.ts'
import type { Result } from '../record/result.ts'
import { tablesOf } from '../record/table.ts'
import { CHANNEL_FIGURE, drawChannels, runChannels } from '../report/channel-figure.ts'
import { drawFleets, FLEET_FIGURE, runFleets } from '../report/fleet-figure.ts'
import { GUIDE_FIGURES } from '../report/guide-figures.ts'
import { drawIncident, INCIDENT_FIGURE, runIncident } from '../report/incident-figure.ts'
import { reportPage } from '../report/page.ts'
import { figuresOf } from '../report/plots.ts'
import { summaryOf } from '../report/words.ts'
import { SCENARIO_SETS } from '../scenario/standard.ts'
import { planRuns } from '../sim/plan.ts'
import { examplesText } from './examples.ts'
import { runShown } from './sim-command.ts'
import { writeWhole } from './write-whole.ts'

/** The figures that need no recording: each makes its own runs. */
const OWN_FIGURES: Readonly<Record<string, () => string | Promise<string>>> = {
  [FLEET_FIGURE]: () => drawFleets(runFleets()),
  [INCIDENT_FIGURE]: () => drawIncident(runIncident()),
  [CHANNEL_FIGURE]: async () => drawChannels(await runChannels()),
}

/** The sets that the plots show. */
const SHOWN = ['S1', 'S3', 'S4', 'S6', 'S8', 'S9', 'S10', 'ramp', 'cascade']

const NOTES = [
  'The server does 16 pieces of work at once, 20 ms each on average, exponentially distributed: 800 a second. Clients wait 200 ms; the server is not told when they have gone.',
  'Arrivals are a Poisson process and open-loop: they come whether or not anybody is served.',
  'In virtual time a refusal costs nothing, so the ceiling is the capacity. In real time it is G(m) = (1 − m k) / (1 − k), k being the cost of a refusal over that of an answer.',
  'Memory in virtual time is reckoned: 10 kB for each request inside.',
  'Policies with one seed see the same traffic. Lines of plots over time are one seed; loads are medians over all seeds.',
]

interface ReportOptions {
  readonly out: string
  readonly figures?: string
  readonly quick?: true
}

/** The command. */
export function reportCommand(): Command {
  return createCommand('report')
    .description(
      'Writes one self-contained HTML file with plots, a summary in words, and the commands to repeat it.',
    )
    .argument(
      '[recordings...]',
      'files that "sim" and "live" wrote; with none, the scenarios of the plots are run first',
    )
    .addOption(new Option('--out <file>', 'the report').default('lab-results/report.html'))
    .addOption(
      new Option('--figures <folder>', 'also write the figures of the README and the guide there, as SVG'),
    )
    .addOption(new Option('--quick', 'a fifth of the time, when it runs the scenarios itself'))
    .addHelpText('after', examplesText('report'))
    .action(async (paths: readonly string[], options: ReportOptions) => {
      const { results, commands } =
        paths.length > 0 ? await read(paths) : await runOwn(options.quick === true)
      const page = reportPage({
        title: 'Spillway lab: what happens above the ceiling',
        summary: summaryOf(results),
        figures: figuresOf(results),
        tables: tablesOf(results),
        commands: [...commands, `npm run lab -- report ${paths.join(' ')}`.trim()],
        notes: NOTES,
      })
      await writeWhole(options.out, page)
      console.log(`${options.out}: ${figuresOf(results).length} plots of ${results.length} runs`)
      if (options.figures !== undefined) await writeFigures(options.figures, results)
    })
}

async function writeFigures(folder: string, results: readonly Result[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, draw] of Object.entries(OWN_FIGURES)) {
    await writeWhole(join(folder, name), await draw())
    console.log(join(folder, name))
  }
  for (const [name, { set, policies, draw }] of Object.entries(GUIDE_FIGURES)) {
    const ran = new Set(results.filter(({ row }) => row.set === set).map(({ row }) => row.policy))
    const missing = policies.filter((policy) => !ran.has(policy))
    if (missing.length > 0) {
      console.log(`${name}.svg needs ${set} with ${missing.join(', ')}; it was not written`)
      continue
    }
    await writeWhole(join(folder, `${name}.svg`), draw(results))
    console.log(join(folder, `${name}.svg`))
  }
}

async function read(
  paths: readonly string[],
): Promise<{ results: readonly Result[]; commands: readonly string[] }> {
  const recordings = await Promise.all(
    paths.map(async (path) => readRecording(path, await readFile(path, 'utf8'))),
  )
  return {
    results: recordings.flatMap(({ results }) => results),
    commands: recordings.map(({ command, complete }) =>
      complete ? command : `${command}  # was interrupted`,
    ),
  }
}

async function runOwn(quick: boolean): Promise<{ results: readonly Result[]; commands: readonly string[] }> {
  const pace = quick ? 'quick' : 'full'
  const sets = SHOWN.map((name) => ({ name, cases: SCENARIO_SETS[name]!.cases(pace) }))
  const { results, complete } = await runShown(planRuns(sets, POLICY_NAMES, [1]))
  if (results.length === 0) throw new Error('interrupted before the first run ended: nothing was written')
  if (!complete) process.exitCode = 130
  return {
    results,
    commands: [`npm run lab -- sim ${SHOWN.join(' ')} --seeds 1 --seed 1${quick ? ' --quick' : ''}`],
  }
}
