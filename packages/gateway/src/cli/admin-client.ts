/**
 * Asks the admin listener of a gateway that runs, and says in a sentence why
 * there is no answer.
 *
 * Imports `config`.
 */
import { type Command, Option } from 'commander'
import { ConfigError } from '../config/config-error.ts'
import { formatAddress, parseAddress, reachable } from '../config/kinds.ts'

const TIMEOUT_MS = 60_000

/** Where the admin listener is, and what opens it: the options of `withAdmin`. */
export interface Where {
  readonly admin: string
  readonly token?: string
}

/** Adds the options that say which gateway is meant. */
export function withAdmin(command: Command): Command {
  return command
    .addOption(
      new Option('--admin <host:port>', 'Where the gateway’s admin listener is.')
        .env('SPILLWAY_ADMIN')
        .default('127.0.0.1:8081'),
    )
    .addOption(
      new Option(
        '--token <token>',
        'Its adminToken, where there is one. The variable hides it from the list of processes.',
      ).env('SPILLWAY_ADMIN_TOKEN'),
    )
}

/**
 * The answer as JSON.
 *
 * @throws ConfigError when no gateway answers, or it refuses: why, and what to do
 */
export async function askAdmin(where: Where, path: string, init: RequestInit = {}): Promise<unknown> {
  const url = `http://${hostOf(where.admin)}${path}`
  const headers = new Headers(init.headers)
  if (where.token !== undefined) headers.set('authorization', `Bearer ${where.token}`)
  const reply = await reach(where.admin, url, { ...init, headers })
  const text = await reply.text()
  if (reply.ok) return JSON.parse(text)
  const detail = detailOf(text) ?? `${url} answered ${reply.status}`
  const hint = reply.status === 401 ? '; give its adminToken in SPILLWAY_ADMIN_TOKEN' : ''
  throw new ConfigError([`${detail}${hint}`])
}

function hostOf(admin: string): string {
  const { host, port } = parseAddress(admin)
  if (port <= 65535) return formatAddress({ host: reachable(host), port })
  throw new ConfigError([`--admin must be HOST:PORT, as 127.0.0.1:8081, got ${JSON.stringify(admin)}`])
}

async function reach(admin: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    const remedy = 'start it, or name its admin listener with --admin'
    throw new ConfigError([`no gateway answers at ${admin} (${cause}); ${remedy}`])
  }
}

function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown } // a problem document, or not
    return typeof detail === 'string' ? detail : undefined
  } catch {
    return undefined
  }
}
