/**
 * Where an http sink posts to, and what its answers mean: 2xx, what was posted
 * is delivered; 408, 425, 429, 5xx or silence, a later attempt may succeed; any
 * other, no attempt will. Redirects are not followed: events go where the
 * configuration says.
 *
 * Imports `sink`, `private-addresses`, `config`.
 */
import { parseRetryAfter } from 'spillway'
import { Agent, type Dispatcher, request } from 'undici'
import type { HttpSinkSettings } from '../config/sink-settings.ts'
import { PrivateAddressError, publicLookup } from './private-addresses.ts'
import { asError, DELIVERED, type DeliveryOutcome } from './sink.ts'

/** Statuses below 500 that may change by themselves. */
const TEMPORARY = new Set([408, 425, 429])
/** What these say holds for any body. A 403 or a 404 may be about what is in it. */
const OF_TARGET = new Set([401, 405, 407])
/** Nobody was there to take the event. */
const ABSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** Of an answer, no more is read than this. */
const MAX_ANSWER_BYTES = 64 * 2 ** 10
/** Of a refusal, so much is kept for the dead letter. */
const MAX_SHOWN = 200

/** What another process may answer. */
export class HttpSinkError extends Error {
  readonly status: number

  constructor(status: number, said: string) {
    super(`the sink answered ${status}${said === '' ? '' : `: ${said}`}`)
    this.status = status
  }

  override get name(): string {
    return 'HttpSinkError'
  }
}

/** What is posted. */
export interface HttpPost {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** A URL with its connections. */
export class HttpTarget {
  readonly #settings: HttpSinkSettings
  readonly #agent: Agent
  readonly #wallNowMs: () => number

  /** @param wallNowMs - the time of day, for a `Retry-After` that names one */
  constructor(settings: HttpSinkSettings, wallNowMs: () => number) {
    this.#settings = settings
    this.#wallNowMs = wallNowMs
    const { timeoutMs, allowPrivate } = settings
    this.#agent = new Agent({
      connect: { timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: publicLookup }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    })
  }

  /** Never rejects. */
  async post({ headers, body }: HttpPost): Promise<DeliveryOutcome> {
    const { url, timeoutMs } = this.#settings
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(new SinkTimeoutError(timeoutMs)), timeoutMs)
    try {
      const reply = await request(url, {
        method: 'POST',
        headers,
        body,
        dispatcher: this.#agent,
        signal: giveUp.signal,
      })
      return this.#outcomeOf(reply, await reply.body.text())
    } catch (thrown) {
      const cause = asError(thrown)
      if (cause instanceof PrivateAddressError) return { kind: 'never', cause, isOfTarget: true }
      return { kind: 'again', cause, isAbsent: ABSENT.has(String(Reflect.get(cause, 'code'))) }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  #outcomeOf({ statusCode, headers }: Dispatcher.ResponseData, body: string): DeliveryOutcome {
    if (statusCode >= 200 && statusCode < 300) return DELIVERED
    const cause = new HttpSinkError(statusCode, body.slice(0, MAX_SHOWN))
    if (statusCode < 500 && !TEMPORARY.has(statusCode)) {
      return { kind: 'never', cause, isOfTarget: statusCode < 400 || OF_TARGET.has(statusCode) }
    }
    const field = headers['retry-after']
    const retryAfterMs = parseRetryAfter(Array.isArray(field) ? field[0] : field, this.#wallNowMs())
    return { kind: 'again', cause, retryAfterMs }
  }
}

/** No answer in time. */
class SinkTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`no whole answer within ${timeoutMs} ms`)
  }

  // What the library's limits know a timeout by.
  override get name(): string {
    return 'TimeoutError'
  }
}
