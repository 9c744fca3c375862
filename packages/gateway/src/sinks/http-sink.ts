/**
 * One POST for each event. The status says what became of it: 2xx, it is
 * delivered; 408, 425, 429, 5xx or silence, a later attempt may succeed; any
 * other, no attempt will. Redirects are not followed: an event goes where the
 * configuration says.
 *
 * Imports `sink`, `standard-webhooks`, `private-addresses`, `config`, `protocol`.
 */
import { parseRetryAfter } from 'spillway'
import { Agent, type Dispatcher, request } from 'undici'
import type { HttpSinkSettings } from '../config/sink-settings.ts'
import { binaryHeaders } from '../protocol/cloud-events/binary-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { PrivateAddressError, publicLookup } from './private-addresses.ts'
import { type Attempt, asError, DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'
import { WebhookSigner } from './standard-webhooks.ts'

/** Statuses below 500 that may change by themselves. */
const TEMPORARY = new Set([408, 425, 429])
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

/** Delivers over HTTP. */
export class HttpSink implements Sink {
  readonly #settings: HttpSinkSettings
  readonly #agent: Agent
  readonly #signer: WebhookSigner
  readonly #wallNowMs: () => number

  /** @param wallNowMs - the time of day, which is signed */
  constructor(settings: HttpSinkSettings, wallNowMs: () => number) {
    this.#settings = settings
    this.#signer = new WebhookSigner(settings.secret?.reveal())
    this.#wallNowMs = wallNowMs
    const { timeoutMs, allowPrivate } = settings
    this.#agent = new Agent({
      connect: { timeout: timeoutMs, ...(allowPrivate ? {} : { lookup: publicLookup }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxResponseSize: MAX_ANSWER_BYTES,
    })
  }

  async deliver(events: readonly EnvelopedEvent[], attempt: Attempt): Promise<DeliveryOutcome> {
    for (const event of events) {
      const outcome = await this.#post(event, attempt)
      if (outcome.kind !== 'delivered') return outcome
    }
    return DELIVERED
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #post(event: EnvelopedEvent, { attempt }: Attempt): Promise<DeliveryOutcome> {
    const { url, timeoutMs } = this.#settings
    const giveUp = new AbortController()
    const timer = setTimeout(() => giveUp.abort(new SinkTimeoutError(timeoutMs)), timeoutMs)
    try {
      const reply = await request(url, {
        method: 'POST',
        headers: { ...this.#headers(event), 'spillway-attempt': String(attempt) },
        body: event.payload,
        dispatcher: this.#agent,
        signal: giveUp.signal,
      })
      return this.#outcomeOf(reply, await reply.body.text())
    } catch (thrown) {
      const cause = asError(thrown)
      if (cause instanceof PrivateAddressError) return { kind: 'never', cause }
      return { kind: 'again', cause, isAbsent: ABSENT.has(String(Reflect.get(cause, 'code'))) }
    } finally {
      clearTimeout(timer)
    }
  }

  #headers(event: EnvelopedEvent): Record<string, string> {
    const { contentType, tenant, traceparent, attributes } = event
    return {
      ...(contentType === '' ? {} : { 'content-type': contentType }),
      ...(tenant === '' ? {} : { 'spillway-tenant': tenant }),
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(attributes === undefined ? {} : binaryHeaders(attributes)),
      ...this.#signer.headers(event, this.#wallNowMs()),
    }
  }

  #outcomeOf({ statusCode, headers }: Dispatcher.ResponseData, body: string): DeliveryOutcome {
    if (statusCode >= 200 && statusCode < 300) return DELIVERED
    const cause = new HttpSinkError(statusCode, body.slice(0, MAX_SHOWN))
    if (statusCode < 500 && !TEMPORARY.has(statusCode)) return { kind: 'never', cause }
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
