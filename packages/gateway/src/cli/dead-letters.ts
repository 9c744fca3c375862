/**
 * `spillway dead-letters`: looks at what could not be delivered, has it
 * delivered again, or forgets it, in a gateway that runs.
 *
 * The running gateway is asked, never its files: only one process may have
 * them.
 *
 * Imports `config`.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { ConfigError } from '../config/config-error.ts'

const TIMEOUT_MS = 60_000
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

interface Where {
  readonly admin: string
}

interface Choice {
  readonly all?: true
  readonly seq?: readonly number[]
}

function add(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .argument('<stream>', 'The name of the stream.')
    .addOption(
      new Option('--admin <host:port>', 'Where the gateway’s admin listener is.')
        .env('SPILLWAY_ADMIN')
        .default('127.0.0.1:8081'),
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

async function list(stream: string, { admin, json }: Where & { json?: true }): Promise<void> {
  for (let after = 0; ; ) {
    const { deadLetters } = (await ask(admin, `${stream}/dead-letters?after=${after}&limit=500`)) as {
      deadLetters: readonly Letter[]
    } // of the gateway's own API
    for (const letter of deadLetters)
      process.stdout.write(`${json ? JSON.stringify(letter) : lineOf(letter)}\n`)
    if (deadLetters.length === 0) return
    after = deadLetters.at(-1)?.seq ?? after
  }
}

function lineOf({ seq, id, attempts, reason, deadAtMs, payload }: Letter): string {
  const when = new Date(deadAtMs).toISOString()
  return [seq, when, id, `${attempts}×`, JSON.stringify(reason), payload.slice(0, SHOWN)].join('  ')
}

async function act(
  stream: string,
  action: 'replay' | 'purge',
  { admin, all, seq }: Where & Choice,
): Promise<void> {
  if (!all && !seq)
    throw new ConfigError([`${action} needs --all, or --seq with the numbers that list prints`])
  const body = JSON.stringify(all ? { all } : { seqs: seq })
  const headers = { 'content-type': 'application/json' }
  const report = await ask(admin, `${stream}/dead-letters/${action}`, { method: 'POST', headers, body })
  const { replayed, purged, refused } = report as { replayed?: number; purged?: number; refused?: string }
  process.stdout.write(action === 'replay' ? `${replayed} put back\n` : `${purged} forgotten\n`)
  if (refused !== undefined) throw new ConfigError([`the others stay dead letters: ${refused}`])
}

async function ask(admin: string, path: string, init: RequestInit = {}): Promise<unknown> {
  const url = `http://${admin}/api/streams/${path}`
  let reply: Response
  try {
    reply = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    const reason =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new ConfigError([
      `no gateway answers at ${admin} (${reason}); start it, or name its admin listener with --admin`,
    ])
  }
  const text = await reply.text()
  if (reply.ok) return JSON.parse(text)
  throw new ConfigError([detailOf(text) ?? `${url} answered ${reply.status}`])
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown } // a problem document, or not
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}
