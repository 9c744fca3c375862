/**
 * Pages of other origins that may send events from a browser.
 *
 * Only the origins that were configured are named, each exactly; what a browser
 * sends by itself, cookies and the like, is never asked for. Without a
 * configuration nothing is said, and a browser lets no such page send.
 *
 * Source: the Fetch standard, "HTTP CORS protocol".
 *
 * Imports `config`.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { CorsSettings } from '../config/browser-settings.ts'

/** What a page may read of an answer, besides its body. */
const EXPOSED = 'Retry-After, RateLimit, RateLimit-Policy'
/** What a page may send. */
const TAKEN_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'traceparent',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-api-key',
])
/** How long a browser may remember the permission: the longest that any takes. */
const MAX_AGE_S = 7200

/** Headers of an answer. */
export type CorsHeaders = Readonly<Record<string, string>>

/** Says which pages may send. */
export class Cors {
  readonly #origins: ReadonlySet<string>
  readonly #takesAll: boolean

  constructor({ origins }: CorsSettings) {
    this.#origins = new Set(origins)
    this.#takesAll = this.#origins.has('*')
  }

  /** Whether pages of this origin may send. */
  allows(origin: string): boolean {
    return this.#takesAll || this.#origins.has(origin)
  }

  /** What every answer says: who may read it, if the one who asks may. */
  headersFor({ origin }: IncomingHttpHeaders): CorsHeaders {
    // Whoever keeps answers must not give one page's to another.
    if (origin === undefined || !this.allows(origin)) return { Vary: 'Origin' }
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': this.#takesAll ? '*' : origin,
      'Access-Control-Expose-Headers': EXPOSED,
    }
  }

  /** What a browser is told that asks before it sends, besides what every answer says. */
  preflightHeaders({ 'access-control-request-headers': asked }: IncomingHttpHeaders): CorsHeaders {
    const names = String(asked ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
    const taken = names.filter((name) => TAKEN_HEADERS.has(name) || /^ce-[a-z0-9]+$/.test(name))
    return {
      'Access-Control-Allow-Methods': 'POST',
      ...(taken.length === 0 ? {} : { 'Access-Control-Allow-Headers': taken.join(', ') }),
      'Access-Control-Max-Age': String(MAX_AGE_S),
    }
  }
}

/** Whether a browser asks before it sends. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}
