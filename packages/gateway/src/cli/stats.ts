/**
 * `spillway stats`: what a gateway that runs has taken, refused, kept and
 * delivered, and why it overflows, if it does.
 *
 * Imports `config`, `protocol`, `admin-client`.
 */
import { type Command, Option } from 'commander'
import { bytesInWords, msInWords, numberInWords } from '../config/words.ts'
import type { GatewayState, StreamState } from '../protocol/state.ts'
import { askAdmin, type Where, withAdmin } from './admin-client.ts'

/** Adds the command and what it does. */
export function addStats(program: Command): void {
  const command = program
    .command('stats')
    .description('Prints a line for each stream of a gateway that runs, then what is wrong and why.')
    .addOption(new Option('--json', 'Everything, as JSON.'))
  withAdmin(command).action(async ({ json, ...where }: Where & { json?: true }) => {
    const state = (await askAdmin(where, '/api/state')) as GatewayState // of the gateway's own API
    process.stdout.write(json ? `${JSON.stringify(state)}\n` : textOf(state))
  })
}

/** The lines for a terminal. */
export function textOf(state: GatewayState): string {
  const { version, ready, startedAtMs, nowMs, memoryBytes, problems, streams } = state
  const facts = [
    `Spillway ${version}`,
    ready ? 'ready' : 'not ready',
    `up ${msInWords(nowMs - startedAtMs)}`,
    bytesInWords(memoryBytes),
  ]
  const lines = [
    facts.join(', '),
    ...problems.map((problem) => `! ${problem}`),
    '',
    ...aligned([HEAD, ...streams.map(rowOf)]),
    ...streams.flatMap(troubleOf),
  ]
  return `${lines.join('\n')}\n`
}

const HEAD = [
  'STREAM',
  'TAKEN',
  'REFUSED',
  'WAITING',
  'QUEUED',
  'OLDEST',
  'RETRYING',
  'IN FLIGHT',
  'DELIVERED',
  'EVICTED',
  'DEAD',
  'SINK',
]

function rowOf({ name, requests, events, depth, delivery, sink }: StreamState): readonly string[] {
  const refused = requests.refused.reduce((sum, { count }) => sum + count, 0)
  return [
    name,
    numberInWords(events.accepted),
    numberInWords(refused),
    numberInWords(requests.waiting),
    `${numberInWords(depth.items)} of ${numberInWords(depth.maxItems)}`,
    depth.oldestAgeMs === undefined ? '-' : msInWords(depth.oldestAgeMs),
    numberInWords(events.retrying),
    `${numberInWords(delivery.inFlight)} of ${numberInWords(delivery.concurrencyLimit)}`,
    numberInWords(events.delivered),
    numberInWords(events.evicted),
    numberInWords(depth.deadLetters),
    `${sink.type} ${sink.status}`,
  ]
}

/** Columns as wide as their widest cell; the first and the last begin at their left, numbers end at their right. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const isText = column === 0 || column === row.length - 1
      return isText ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
    })
    return cells.join('  ').trimEnd()
  })
}

function troubleOf({ name, delivery, sink, diagnosis, requests }: StreamState): readonly string[] {
  const { verdict, sentence, remedy, evidence } = diagnosis
  const refused = requests.refused.map(({ code, phase, count }) => `${numberInWords(count)} ${code} ${phase}`)
  const { lastFailure, consecutiveFailures, target } = sink
  const lines = [
    ...(verdict === 'healthy'
      ? []
      : [`${verdict}: ${sentence} ${remedy}`, ...evidence.map((fact) => `  ${fact}`)]),
    ...(delivery.paused.length === 0 ? [] : [`delivery stands still: ${delivery.paused.join(', ')}`]),
    ...(sink.status === 'failing' && lastFailure
      ? [`${target} failed ${numberInWords(consecutiveFailures)} times: ${lastFailure.message}`]
      : []),
    ...(refused.length === 0 ? [] : [`refused: ${refused.join(', ')}`]),
  ]
  return lines.length === 0 ? [] : ['', `${name}:`, ...lines.map((line) => `  ${line.trimEnd()}`)]
}
