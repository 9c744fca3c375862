/**
 * The command line of `npm run bench`.
 */
import { parseArgs } from 'node:util'
import { type Scale, TOPICS, type Topic } from './benchmark.ts'

/** What was asked for. */
export interface Request {
  readonly topics: readonly Topic[]
  readonly scale: Scale
  readonly rounds: number
  /** The processor to pin the measured processes to. */
  readonly pin: number | undefined
  readonly write: boolean
  readonly action: 'measure' | 'help' | 'list' | 'typecheck'
}

/** A command line that can't be obeyed; the message says what to type instead. */
export class UsageError extends Error {
  override get name(): string {
    return 'UsageError'
  }
}

const ROUNDS: Readonly<Record<Scale, number>> = { full: 5, quick: 2 }

export const HELP = `npm run bench [-- <topic> ...] [options]

Measures Spillway beside other packages, each in a process of its own, over several interleaved rounds.

Topics     ${TOPICS.join(', ')}; all of them when none is named
gateway    apart, with --quick or --write: how many events a second the gateway acknowledges; about two minutes
overload   apart, with --quick or --write: the gateway, and the same in Go, under ten times its consumer; about five minutes
guards     apart, with --quick or --write: what guards of HTTP servers cost and are good for; about five minutes
--rounds N rounds, ${ROUNDS.full} by default (${ROUNDS.quick} with --quick)
--quick    shorter measurements: to see that everything runs, not to quote
--pin N    pin the measured processes to processor N, where taskset is installed
--write    rewrite the tables in docs/reference/performance.md; needs every topic, and no --quick
--list     say what would be measured
--typecheck  only check the types, the compared packages' included
--help     this text
`

/**
 * Reads the arguments after the script's name.
 *
 * @throws UsageError for an unknown topic or option, or a value that will not do
 */
export function readArguments(given: readonly string[]): Request {
  const { values, positionals } = parse(given)
  const scale: Scale = values.quick ? 'quick' : 'full'
  const topics = positionals.length === 0 ? TOPICS : positionals.map(readTopic)
  const write = values.write === true
  if (write && (scale === 'quick' || TOPICS.some((topic) => !topics.includes(topic)))) {
    throw new UsageError('--write needs every topic measured in one run, and no --quick')
  }
  return {
    topics: TOPICS.filter((topic) => topics.includes(topic)),
    scale,
    rounds: readInteger('--rounds', values.rounds, 1) ?? ROUNDS[scale],
    pin: readInteger('--pin', values.pin, 0),
    write,
    action: values.help ? 'help' : values.list ? 'list' : values.typecheck ? 'typecheck' : 'measure',
  }
}

function parse(given: readonly string[]) {
  try {
    return parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        pin: { type: 'string' },
        quick: { type: 'boolean' },
        write: { type: 'boolean' },
        list: { type: 'boolean' },
        typecheck: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

function readTopic(word: string): Topic {
  const topic = TOPICS.find((known) => known === word)
  if (!topic) throw new UsageError(`unknown topic "${word}"; the topics are ${TOPICS.join(', ')}`)
  return topic
}

function readInteger(option: string, text: string | undefined, min: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < min) {
    throw new UsageError(`${option} must be an integer of at least ${min}, got "${text}"`)
  }
  return value
}
