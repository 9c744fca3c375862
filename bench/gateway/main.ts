/**
 * `npm run bench -- gateway`: how many events a second the gateway acknowledges, in memory and on the disk, beside a
 * bare server that answers 202 and keeps nothing. About two minutes. Linux, for the processor time of a process.
 *
 * Options: --quick (shorter, not to be quoted), --write (into docs/reference/performance.md).
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { loadNow } from '../harness/machine.ts'
import { build, ROOT_DIR } from '../harness/prepare.ts'
import { quantile } from '../harness/statistics.ts'
import { replaceBetweenMarkers, table } from '../harness/table.ts'
import { CONNECTIONS, Server } from './servers.ts'

const DOCUMENT = join(ROOT_DIR, 'docs', 'reference', 'performance.md')
const EVENT = JSON.stringify({ id: 'a1b2', type: 'page', url: '/shop/cart', text: 'x'.repeat(140) })
const BODIES = [
  { what: 'single events', events: 1, body: EVENT },
  { what: 'batches of 100', events: 100, body: `[${Array.from({ length: 100 }, () => EVENT).join(',')}]` },
] as const
const SUBJECTS = ['bare', 'memory', 'disk'] as const
const DISK_TO_MEMORY = 0.7
const EVENTS_PER_CORE = 100_000

/** Of one body and one subject: a figure each round. */
interface Figures {
  readonly perSecond: number[]
  readonly perCpuSecond: number[]
}

type Results = ReadonlyMap<string, Figures>

/** Measures, prints, and writes when asked to; the exit code says whether every promise was kept. */
export async function benchGateway(args: readonly string[]): Promise<number> {
  const unknown = args.find((argument) => argument !== '--quick' && argument !== '--write')
  if (unknown !== undefined) {
    console.error(`unknown argument "${unknown}"; gateway takes --quick and --write`)
    return 2
  }
  const quick = args.includes('--quick')
  const loadBefore = loadNow()
  build(console.error)
  const results = await measure(quick ? { rounds: 3, roundMs: 200 } : { rounds: 15, roundMs: 1000 })
  const verdicts = promises(results)
  const text = [setting(quick, loadBefore), figuresTable(results), promisesTable(verdicts)].join('\n\n')
  console.log(text)
  if (args.includes('--write') && !quick) {
    writeFileSync(DOCUMENT, replaceBetweenMarkers(readFileSync(DOCUMENT, 'utf8'), 'gateway', text))
    console.log(`written to ${DOCUMENT}`)
  }
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1
}

async function measure({ rounds, roundMs }: { rounds: number; roundMs: number }): Promise<Results> {
  const [bare, gateway] = [await Server.bare(), await Server.gateway()]
  const results = new Map<string, Figures>()
  const run = async (round: number): Promise<void> => {
    for (const { what, events, body } of BODIES) {
      for (const subject of SUBJECTS) {
        const server = subject === 'bare' ? bare : gateway
        const { acknowledged, seconds, cpuSeconds } = await server.load(subject, body, roundMs)
        const figures = results.get(`${what} ${subject}`) ?? { perSecond: [], perCpuSecond: [] }
        results.set(`${what} ${subject}`, figures)
        if (round < 0) continue // warming up
        figures.perSecond.push((acknowledged * events) / seconds)
        figures.perCpuSecond.push((acknowledged * events) / cpuSeconds)
      }
    }
  }
  try {
    for (let round = -2; round < rounds; round++) {
      if (round >= 0) console.error(`round ${round + 1} of ${rounds}`)
      await run(round)
    }
  } finally {
    await Promise.all([bare.stop(), gateway.stop()])
  }
  return results
}

function figuresOf(results: Results, what: string, subject: string): Figures {
  return results.get(`${what} ${subject}`) ?? { perSecond: [], perCpuSecond: [] }
}

function setting(quick: boolean, loadBefore: number): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const day = new Date().toISOString().slice(0, 10)
  return [
    `Measured ${day}: ${model}, ${availableParallelism()} cores; Node.js ${process.version};`,
    `load before the run ${loadBefore}${quick ? '; a quick run, not to be quoted' : ''}. ${CONNECTIONS} connections.`,
  ].join('\n')
}

function figuresTable(results: Results): string {
  const rows = BODIES.flatMap(({ what }) =>
    SUBJECTS.map((subject) => {
      const { perSecond, perCpuSecond } = figuresOf(results, what, subject)
      return [what, subject, spread(perSecond), spread(perCpuSecond)]
    }),
  )
  return table(['200-byte events', 'kept', 'acknowledged a second', 'a processor second'], rows)
}

/** The median, with the quartiles. */
function spread(values: readonly number[], write = inThousands): string {
  const at = (share: number): string => write(quantile(values, share))
  return `${at(0.5)} (${at(0.25)} to ${at(0.75)})`
}

function inThousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}

interface Verdict {
  readonly promise: string
  readonly measured: string
  readonly isMet: boolean
}

function promises(results: Results): readonly Verdict[] {
  const [single, batch] = BODIES
  const disk = figuresOf(results, single.what, 'disk').perSecond
  const memory = figuresOf(results, single.what, 'memory').perSecond
  const ratios = disk.map((perSecond, round) => perSecond / (memory[round] ?? Number.NaN))
  const perCore = quantile(figuresOf(results, batch.what, 'disk').perCpuSecond, 0.5)
  return [
    {
      promise: `single events: the disk acknowledges at least ${DISK_TO_MEMORY} of what memory does`,
      measured: spread(ratios, (share) => share.toFixed(2)),
      isMet: quantile(ratios, 0.5) >= DISK_TO_MEMORY,
    },
    {
      promise: `batches of 100, on the disk: at least ${EVENTS_PER_CORE.toLocaleString('en')} events a processor second`,
      measured: inThousands(perCore),
      isMet: perCore >= EVENTS_PER_CORE,
    },
  ]
}

function promisesTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ promise, measured, isMet }) => [promise, measured, isMet ? 'met' : 'missed'])
  return table(['promise', 'measured', ''], rows)
}
