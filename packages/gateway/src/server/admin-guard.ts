/**
 * Who may use the admin listener.
 *
 * A page in an operator's browser can send requests to loopback too. Three
 * checks keep it out: `Host` must be a name of this listener, so that a name
 * that was made to point here (DNS rebinding) reaches nothing; what the browser
 * says of the sender (`Origin`, `Sec-Fetch-Site`) must be this listener itself,
 * wherever there is something to learn or to change; and with a token set, it
 * must be shown.
 *
 * `/livez` and `/readyz` need no token: probes have none. Nor do the files of
 * the dashboard, in which there is nothing to learn.
 *
 * Imports `config`.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What an admin listener is called, and what must be shown to it. */
export interface GuardSettings {
  /** The host that it listens on. */
  readonly host: string
  /** Other names of it, in lower case. */
  readonly hosts: readonly string[]
  /** `undefined`: none must be shown. */
  readonly token: string | undefined
}

/** Why a request is turned away. */
export interface TurnedAway {
  readonly status: 401 | 403 | 421
  readonly detail: string
}

const HOST = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+))(?::\d{1,5})?$/
const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '::1'])
const MAX_SHOWN = 80

/** Decides on a request's headers. */
export class AdminGuard {
  readonly #host: string
  readonly #names: ReadonlySet<string>
  readonly #token: Buffer | undefined

  constructor({ host, hosts, token }: GuardSettings) {
    this.#host = host
    this.#names = new Set([host.toLowerCase(), ...hosts])
    this.#token = token === undefined ? undefined : digest(token)
  }

  /**
   * Why it may not pass; `undefined` when it may.
   *
   * @param isOpen - whether there is nothing to learn and nothing to change where it leads: told by the route that was
   * found, never by the path, which can be written in many ways
   */
  check(request: IncomingMessage, isOpen: boolean): TurnedAway | undefined {
    return (
      this.#wrongHost(request) ?? (isOpen ? undefined : (wrongOrigin(request) ?? this.#wrongToken(request)))
    )
  }

  #wrongHost({ headers, rawHeaders, socket }: IncomingMessage): TurnedAway | undefined {
    const name = isTwice('host', rawHeaders) ? undefined : hostNameOf(headers.host ?? '')
    if (name !== undefined && (this.#names.has(name) || LOOPBACK_NAMES.has(name))) return undefined
    // Listening on every address, it is called by the one at which the connection came in.
    if (name !== undefined && name === plainAddress(socket.localAddress)) return undefined
    const shown = JSON.stringify((headers.host ?? '').slice(0, MAX_SHOWN))
    return {
      status: 421,
      detail: `Host ${shown} is no name of this listener; reach it as localhost or ${this.#host}, or add the name to adminHosts`,
    }
  }

  #wrongToken({ headers }: IncomingMessage): TurnedAway | undefined {
    if (!this.#token) return undefined
    const [, shown] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
    // Digests are of one length, whatever was shown.
    if (shown !== undefined && timingSafeEqual(digest(shown), this.#token)) return undefined
    const found = headers.authorization === undefined ? 'none was sent' : 'what was sent is another'
    return { status: 401, detail: `Authorization must be "Bearer TOKEN" with the adminToken; ${found}` }
  }
}

/** What a browser says of the page that sends: nothing, or that it is one of ours. */
function wrongOrigin({ headers }: IncomingMessage): TurnedAway | undefined {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, detail: `a page of another origin may not use this listener (Sec-Fetch-Site)` }
  }
  const { origin } = headers
  if (origin === undefined || isOwn(origin, headers.host ?? '')) return undefined
  const shown = JSON.stringify(origin.slice(0, MAX_SHOWN))
  return { status: 403, detail: `Origin ${shown} is not this listener; use its own page, or send none` }
}

function isOwn(origin: string, host: string): boolean {
  return [`http://${host}`, `https://${host}`].includes(origin.toLowerCase())
}

/** The name in a `Host` field, without brackets and port; `undefined` when it is none. */
function hostNameOf(host: string): string | undefined {
  const [, bracketed, plain] = HOST.exec(host.toLowerCase()) ?? []
  return bracketed ?? plain
}

/** Of several fields Node keeps the first; who put them there may mean another. */
function isTwice(field: string, rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === field).length > 1
}

function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/, '').toLowerCase()
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
