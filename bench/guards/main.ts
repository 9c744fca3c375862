/**
 * `npm run bench -- guards`: what the guards of node:http, Fastify and Express cost, and what they are good for, beside
 * the packages that people use for it. About twenty minutes.
 *
 * Options: --quick (shorter, not to be quoted), --write (into docs/reference/performance.md).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { loadNow } from '../harness/machine.ts'
import { ROOT_DIR } from '../harness/prepare.ts'
import { replaceBetweenMarkers } from '../harness/table.ts'
import { Child, pinGenerator } from './child.ts'
import { CONTENDERS } from './contenders.ts'
import { type Outcome, overload } from './overload.ts'
import { MAX_LAG_MS, promises, type Results, report } from './report.ts'
import { type Figures, measureSteady, type Subject, type Timing } from './steady.ts'

const DOCUMENT = join(ROOT_DIR, 'docs', 'reference', 'performance.md')
const NAMES = Object.keys(CONTENDERS)
const GUARDED = NAMES.filter((name) => name.includes(' + ') && !name.includes('may wait'))
const SPILLWAY = GUARDED.filter((name) => name.endsWith('spillway'))

const SUBJECTS: readonly Subject[] = [
  ...NAMES.map((name) => ({ name, mode: 'admit' }) as const),
  ...GUARDED.map((name) => ({ name, mode: 'refuse' }) as const),
  ...SPILLWAY.map((name) => ({ name, mode: 'admit', delivers: true }) as const),
]
/**
 * What is promised is measured in pairs, one framework after the other, because a server is slower behind a stranger: a
 * guarded server beside a bare one, one that refuses beside one that delivers. And a second bare one beside the first:
 * what is found there is the measurement's own.
 */
const PROMISED: readonly (readonly Subject[])[] = ['node:http', 'Fastify'].map((framework) => {
  const name = `${framework} + spillway`
  return [
    { name: framework, mode: 'admit' },
    { name, mode: 'admit' },
    { name: `${framework}, its twin`, contender: framework, mode: 'admit' },
    { name, mode: 'refuse' },
    { name, mode: 'admit', delivers: true },
  ]
})
/** How often an overload whose generator was late is tried. */
const TRIES = 4
const OVERLOADED = NAMES.filter((name) => !name.includes('may wait') && !name.startsWith('Express'))

const PAIRS: Timing = { generations: 21, rounds: 24, roundMs: 50, warmUpRounds: 24, figuresFor: 'generation' }
const ROUNDS: Timing = { generations: 3, rounds: 5, roundMs: 250, warmUpRounds: 4, figuresFor: 'round' }
const QUICK_PAIRS: Timing = { ...PAIRS, generations: 2, rounds: 6, warmUpRounds: 6 }
const QUICK: Timing = { ...ROUNDS, generations: 1, rounds: 3, roundMs: 150, warmUpRounds: 3 }

/** Measures, prints, and writes when asked to; the exit code says whether every promise was kept. */
export async function benchGuards(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--quick' && argument !== '--write')
  if (unknown !== undefined) {
    console.error(`unknown argument "${unknown}"; guards takes --quick and --write`)
    return 2
  }
  const quick = args.includes('--quick')
  const loadBefore = loadNow()
  const cores = availableParallelism()
  pinGenerator()
  const results = await measure(quick)
  const text = report(results, settingOf(quick, { loadBefore, cores }))
  console.log(text)
  if (args.includes('--write') && !quick) {
    writeFileSync(DOCUMENT, replaceBetweenMarkers(readFileSync(DOCUMENT, 'utf8'), 'guards', text))
    console.log(`written to ${DOCUMENT}`)
  }
  return promises(results).every(({ met }) => met) ? 0 : 1
}

async function measure(quick: boolean): Promise<Results> {
  const consumer = await Child.start('consumer', ['0'], 1)
  const pairs = new Map<Subject, Figures>()
  for (const subjects of PROMISED) {
    const timing = quick ? QUICK_PAIRS : PAIRS
    const measured = await measureSteady(subjects, { timing, consumer }, (line) =>
      console.error(`pairs of ${subjects[0]?.name}: ${line}`),
    )
    for (const [subject, figures] of measured) pairs.set(subject, figures)
  }
  const steady = await measureSteady(SUBJECTS, { timing: quick ? QUICK : ROUNDS, consumer }, (line) =>
    console.error(`cost of an answer: ${line}`),
  )
  await consumer.stop()
  const outcomes: Outcome[] = []
  for (const times of [2, 10]) {
    for (const name of [...OVERLOADED, 'Express + express-rate-limit']) {
      console.error(`overload: ${name}, ${times} times the capacity`)
      const seconds = quick ? 3 : 5
      let outcome = await overload(name, times, seconds)
      // Somebody else was at work: again, and then it is said to be invalid.
      for (let tries = 1; outcome.lagP99Ms > MAX_LAG_MS && tries < TRIES; tries++)
        outcome = await overload(name, times, seconds)
      outcomes.push(outcome)
    }
  }
  return { pairs, steady, overload: outcomes }
}

function settingOf(
  quick: boolean,
  { loadBefore, cores }: Readonly<Record<'loadBefore' | 'cores', number>>,
): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const versions = [
    'fastify',
    'express',
    '@fastify/under-pressure',
    '@fastify/rate-limit',
    'overload-protection',
    'express-rate-limit',
  ]
  return [
    `Measured ${new Date().toISOString().slice(0, 10)}: ${model}, ${cores} cores; Node.js ${process.version};`,
    `load before the run ${loadBefore}${quick ? '; a quick run, not to be quoted' : ''}.`,
    `Versions: ${versions.map((name) => `${name} ${versionOf(name)}`).join(', ')}.`,
  ].join('\n')
}

function versionOf(name: string): string {
  for (const folder of ['bench', '.']) {
    try {
      const text = readFileSync(join(ROOT_DIR, folder, 'node_modules', name, 'package.json'), 'utf8')
      return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown'
    } catch {
      // Not installed there; the next folder may have it.
    }
  }
  return 'not installed'
}
