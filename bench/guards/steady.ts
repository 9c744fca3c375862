/**
 * Question: what does a guard cost a request that it admits, and one that it refuses?
 * Workload: POST of a 42-byte JSON object, read, parsed and answered with 202, over 64 keep-alive connections, closed
 *   loop; each server is a process of its own; the rounds are interleaved, so that every ratio is one within a round.
 * Read it as: processor time of the server process, how many requests it answers in a second of it, and how many in a
 *   second on the wall. What others take of the machine is not in the former; it is in the latter. Every server is
 *   started anew for each generation of rounds, because each process compiles its code a little differently: two rounds
 *   of one process are one witness, not two. So what is promised is measured in pairs: a figure for each generation,
 *   the median of its rounds, which are short and many: what slows the machine down meets both of a pair. It says nothing about latency.
 */
import { quantile } from '../harness/statistics.ts'
import { Child } from './child.ts'
import { ClosedLoop } from './closed-loop.ts'
import type { Mode } from './contenders.ts'
import { Turns } from './turns.ts'

const CONNECTIONS = 64

/** A server in one of its modes. */
export interface Subject {
  readonly name: string
  /** Which contender it is, where its name does not say so. */
  readonly contender?: string
  readonly mode: Mode
  /** Whether its handler enqueues for the consumer, in another process, as an event service does. */
  readonly delivers?: boolean
}

/** The figures of one subject, round by round. */
export interface Figures {
  /** Requests in a second of the server's processor time. */
  readonly perSecond: number[]
  /** Requests in a second on the wall. */
  readonly perWallSecond: number[]
  readonly cpuUs: number[]
}

/** How much is measured. */
export interface Timing {
  /** How often every server is started anew. */
  readonly generations: number
  /** Rounds of each generation. */
  readonly rounds: number
  readonly roundMs: number
  /** How many more come first and are not counted: a server in service is warm, and was not idle just before. */
  readonly warmUpRounds: number
  /** What has a figure of its own. */
  readonly figuresFor: 'generation' | 'round'
}

/** What a server did while it was measured. */
interface Measured {
  /** Requests in a second of the server's processor time. */
  readonly perSecond: number
  readonly perWallSecond: number
}

/** A server that runs, and its load. */
interface Running {
  readonly subject: Subject
  readonly child: Child
  readonly load: ClosedLoop
}

/** Measures every subject in `generations × rounds` interleaved rounds; all of them are measured in the same ones. */
export async function measureSteady(
  subjects: readonly Subject[],
  { timing, consumer }: { readonly timing: Timing; readonly consumer: Child },
  say: (line: string) => void,
): Promise<ReadonlyMap<Subject, Figures>> {
  const results = new Map<Subject, Figures>(
    subjects.map((subject) => [subject, { perSecond: [], perWallSecond: [], cpuUs: [] }]),
  )
  for (let generation = 0; generation < timing.generations; generation++) {
    const running = await startAll(subjects, consumer)
    const measured = new Map<Subject, Measured[]>(subjects.map((subject) => [subject, []]))
    const turns = new Turns(running, generation)
    for (let round = -timing.warmUpRounds; round < timing.rounds; round++) {
      for (const each of turns.next()) {
        const answered = await measureOnce(each, timing.roundMs)
        if (round >= 0) measured.get(each.subject)?.push(answered)
      }
    }
    say(`${generation + 1} of ${timing.generations} starts`)
    for (const each of running) await stop(each)
    for (const [subject, rounds] of measured) {
      const counted = timing.figuresFor === 'round' ? rounds : [middleOf(rounds)]
      for (const one of counted) note(one, results.get(subject))
    }
  }
  return results
}

function note({ perSecond, perWallSecond }: Measured, figures: Figures | undefined): void {
  figures?.perSecond.push(perSecond)
  figures?.perWallSecond.push(perWallSecond)
  figures?.cpuUs.push(1e6 / perSecond)
}

function middleOf(rounds: readonly Measured[]): Measured {
  return {
    perSecond: median(rounds.map((round) => round.perSecond)),
    perWallSecond: median(rounds.map((round) => round.perWallSecond)),
  }
}

async function startAll(subjects: readonly Subject[], consumer: Child): Promise<Running[]> {
  const running = []
  for (const subject of subjects) {
    const delivery = subject.delivers ? [String(consumer.port), 'inside'] : []
    const child = await Child.start(
      'server',
      [subject.contender ?? subject.name, subject.mode, ...delivery],
      0,
    )
    running.push({ subject, child, load: new ClosedLoop(child.port, CONNECTIONS) })
  }
  return running
}

async function stop({ child, load }: Running): Promise<void> {
  load.close()
  await child.stop()
}

/** How often a round in which a busy machine let nothing through is tried again, twice as long each time. */
const TRIES = 5

async function measureOnce({ child, subject, load }: Running, durationMs: number): Promise<Measured> {
  const { name, mode } = subject
  for (let tries = 0; tries < TRIES; tries++) {
    const before = await child.ask()
    const { statuses, inTime, seconds } = await load.run(durationMs * 2 ** tries)
    const after = await child.ask()
    const requests = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    if (inTime === 0) continue
    const taken = statuses.get(202) ?? 0
    // A limit of one a second lets one through now and then.
    const asMeant = mode === 'refuse' ? taken <= 2 + seconds : taken === requests
    if (!asMeant) throw new Error(`${name}, ${mode}: ${JSON.stringify([...statuses])}`)
    const cpuUs = (after['cpuUs'] ?? 0) - (before['cpuUs'] ?? 0)
    return { perSecond: (1e6 * requests) / cpuUs, perWallSecond: inTime / seconds }
  }
  throw new Error(`${name}, ${mode}: no answer in ${TRIES} rounds`)
}

/** The median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}
