/**
 * `spillway dead-letters`: looks at what could not be delivered, has it
 * delivered again, or forgets it, in a gateway that runs.
 *
 * The running gateway is asked, never its files: only one process may have
 * them.
 *
 * Imports `config`, `admin-client`.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../config/config-error.ts'
import { askAdmin, type Where, withAdmin } from './admin-client.ts'

/** How much of a payload a line shows. */
const SHOWN = 80

interface Letter {
  readonly seq: number
  readonly id: string
  readonly attempts: number
  readonly reason: string
  readonly deadAtMs: number
  readonly payload: string
}

/** Adds the command and what it does. */
export function addDeadLetters(program: Command): void {
  const command = program
    .command('dead-letters')
    .description('What could not be delivered: list, replay or purge it, in a gateway that runs.')
  add(command, 'list', 'Prints them, the oldest first, as JSON lines with --json.')
    .addOption(new Option('--json', 'Whole letters, a JSON object each.'))
    .action((stream: string, options: Where & { json?: true }) => list(stream, options))
  withChoice(add(command, 'replay', 'Puts them back at the end of the backlog.')).action(
    (stream: string, options: Where & Choice) => act(stream, 'replay', options),
  )
  withChoice(add(command, 'purge', 'Forgets them for good.')).action(
    (stream: string, options: Where & Choice) => act(stream, 'purge', options),
  )
}

interface Choice {
  readonly all?: true
  readonly seq?: readonly number[]
}

function add(parent: Command, name: string, description: string): Command {
  return withAdmin(
    parent.command(name).description(description).argument('<stream>', 'The name of the stream.'),
  )
}

function withChoice(command: Command): Command {
  return command
    .addOption(new Option('--all', 'All of them.').conflicts('seq'))
    .addOption(
      new Option('--seq <number...>', 'The numbers of some, as list prints them.').argParser(
        (given: string, before: readonly number[] = []) => [...before, parseSeq(given)],
      ),
    )
}

function parseSeq(given: string): number {
  const seq = Number(given)
  if (Number.isSafeInteger(seq) && seq > 0) return seq
  throw new InvalidArgumentError('It must be the number of a dead letter, as list prints it.')
}

async function list(stream: string, { json, ...where }: Where & { json?: true }): Promise<void> {
  for (let after = 0; ; ) {
    const { deadLetters } = (await askAdmin(where, `${pathOf(stream)}?after=${after}&limit=500`)) as {
      deadLetters: readonly Letter[]
    } // of the gateway's own API
    for (const letter of deadLetters)
      process.stdout.write(`${json ? JSON.stringify(letter) : lineOf(letter)}\n`)
    if (deadLetters.length === 0) return
    after = deadLetters.at(-1)?.seq ?? after
  }
}

function pathOf(stream: string): string {
  return `/api/streams/${encodeURIComponent(stream)}/dead-letters`
}

function lineOf({ seq, id, attempts, reason, deadAtMs, payload }: Letter): string {
  const when = new Date(deadAtMs).toISOString()
  return [seq, when, id, `${attempts}×`, JSON.stringify(reason), payload.slice(0, SHOWN)].join('  ')
}

async function act(
  stream: string,
  action: 'replay' | 'purge',
  { all, seq, ...where }: Where & Choice,
): Promise<void> {
  if (!all && !seq)
    throw new ConfigError([`${action} needs --all, or --seq with the numbers that list prints`])
  const body = JSON.stringify(all ? { all } : { seqs: seq })
  const headers = { 'content-type': 'application/json' }
  const report = await askAdmin(where, `${pathOf(stream)}/${action}`, { method: 'POST', headers, body })
  const { replayed, purged, refused } = report as { replayed?: number; purged?: number; refused?: string }
  process.stdout.write(action === 'replay' ? `${replayed} put back\n` : `${purged} forgotten\n`)
  if (refused !== undefined) throw new ConfigError([`the others stay dead letters: ${refused}`])
}
