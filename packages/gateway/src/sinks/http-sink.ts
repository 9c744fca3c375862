/**
 * One POST for each event: the payload as it is, and about it in the headers
 * what the gateway knows.
 *
 * Imports `sink`, `http-target`, `standard-webhooks`, `config`, `protocol`.
 */
import type { HttpSinkSettings } from '../config/sink-settings.ts'
import { binaryHeaders } from '../protocol/cloud-events/binary-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { HttpTarget } from './http-target.ts'
import { type Attempt, DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'
import { WebhookSigner } from './standard-webhooks.ts'

/** Delivers over HTTP. */
export class HttpSink implements Sink {
  readonly #target: HttpTarget
  readonly #signer: WebhookSigner
  readonly #wallNowMs: () => number

  /** @param wallNowMs - the time of day, which is signed */
  constructor(settings: HttpSinkSettings, wallNowMs: () => number) {
    this.#target = new HttpTarget(settings, wallNowMs)
    this.#signer = new WebhookSigner(settings.secret?.reveal())
    this.#wallNowMs = wallNowMs
  }

  async deliver(events: readonly EnvelopedEvent[], { attempt }: Attempt): Promise<DeliveryOutcome> {
    for (const event of events) {
      const headers = { ...this.#headers(event), 'spillway-attempt': String(attempt) }
      const outcome = await this.#target.post({ headers, body: event.payload })
      if (outcome.kind !== 'delivered') return outcome
    }
    return DELIVERED
  }

  close(): Promise<void> {
    return this.#target.close()
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
}
