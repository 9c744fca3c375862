/**
 * How deliveries to a sink fare, for an operator: where it leads, whether it
 * takes events, and what it last said when it did not.
 *
 * What is shown has no secrets in it: no password of a URL, no path of one,
 * which is often a key in itself, no signing secret.
 *
 * Imports `config`, `protocol`.
 */
import type { SinkSettings } from '../config/sink-settings.ts'
import type { SinkState } from '../protocol/state.ts'
import type { DeliveryOutcome } from './sink.ts'

const MAX_MESSAGE = 300

/** The record of one sink. */
export class SinkHealth {
  readonly #settings: SinkSettings
  readonly #wallNowMs: () => number
  #failures = 0
  #consecutiveFailures = 0
  #lastSuccessAtMs: number | undefined
  #lastFailure: SinkState['lastFailure']
  #failingSinceMs = 0
  #mayRecover = false

  constructor(settings: SinkSettings, wallNowMs: () => number) {
    this.#settings = settings
    this.#wallNowMs = wallNowMs
  }

  /** Events were delivered. */
  succeeded(): void {
    this.#consecutiveFailures = 0
    this.#lastSuccessAtMs = this.#wallNowMs()
  }

  /** A delivery failed. */
  failed(outcome: Exclude<DeliveryOutcome, { kind: 'delivered' }>): void {
    const atMs = this.#wallNowMs()
    this.#failures++
    if (this.#consecutiveFailures++ === 0) this.#failingSinceMs = atMs
    this.#mayRecover = outcome.kind === 'again'
    this.#lastFailure = { atMs, message: failureSentence(outcome.cause) }
  }

  /** Deliveries that failed so far. */
  get failures(): number {
    return this.#failures
  }

  /** For how long nothing has been delivered because the sink fails; 0 when it takes events, or refuses just some of them. */
  downForMs(): number {
    if (this.#consecutiveFailures === 0 || !this.#mayRecover) return 0
    return this.#wallNowMs() - this.#failingSinceMs
  }

  state(): SinkState {
    const status = this.#consecutiveFailures > 0 ? 'failing' : 'ok'
    return {
      type: this.#settings.type,
      target: targetOf(this.#settings),
      status: this.#lastFailure || this.#lastSuccessAtMs !== undefined ? status : 'idle',
      consecutiveFailures: this.#consecutiveFailures,
      lastSuccessAtMs: this.#lastSuccessAtMs,
      lastFailure: this.#lastFailure,
    }
  }
}

/** Where a sink leads, without what must not be seen. */
export function targetOf(settings: SinkSettings): string {
  switch (settings.type) {
    case 'stdout':
      return 'standard output'
    case 'http':
      return addressOf(settings.url)
    case 'nats':
      return `${settings.servers.join(', ')} ${settings.subject}`
    case 'file':
    case 'module':
      return settings.path
  }
}

function addressOf(url: string): string {
  const { protocol, host, pathname, search } = new URL(url)
  const isBare = (pathname === '/' || pathname === '') && search === ''
  return `${protocol}//${host}${isBare ? '' : '/…'}`
}

/** What an error of a sink says, in one line, without secrets. The error of several connection attempts says nothing by itself. */
export function failureSentence(cause: Error): string {
  const code: unknown = Reflect.get(cause, 'code')
  const said = cause.message !== '' ? cause.message : typeof code === 'string' ? code : cause.name
  return said
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/:\/\/[^\s/@]*@/g, '://…@')
    .replace(/whsec_\S+/g, 'whsec_…')
    .trim()
    .slice(0, MAX_MESSAGE)
}
