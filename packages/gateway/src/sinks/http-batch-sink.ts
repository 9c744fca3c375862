/**
 * One POST for many events, as a CloudEvents batch or as lines. They share its
 * answer: whoever gave them together divides them when they are refused
 * (`batching-sink.ts`).
 *
 * Imports `sink`, `http-target`, `batch-body`, `standard-webhooks`, `config`, `protocol`.
 */
import type { HttpSinkSettings } from '../config/sink-settings.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type BatchBody, cloudEventsBatch, ndjsonBody } from './batch-body.ts'
import { HttpTarget } from './http-target.ts'
import { type Attempt, asError, type DeliveryOutcome, type Sink } from './sink.ts'
import { WebhookSigner } from './standard-webhooks.ts'

/** Whose batches, and the time of day, which is signed. */
export interface HttpBatchSinkOptions {
  readonly streamName: string
  readonly wallNowMs: () => number
}

/** Delivers batches over HTTP. */
export class HttpBatchSink implements Sink {
  readonly #target: HttpTarget
  readonly #body: BatchBody
  readonly #signer: WebhookSigner
  readonly #wallNowMs: () => number

  constructor(settings: HttpSinkSettings, { streamName, wallNowMs }: HttpBatchSinkOptions) {
    this.#target = new HttpTarget(settings, wallNowMs)
    this.#body = settings.format === 'ndjson' ? ndjsonBody : cloudEventsBatch(streamName)
    this.#signer = new WebhookSigner(settings.secret?.reveal())
    this.#wallNowMs = wallNowMs
  }

  async deliver(events: readonly EnvelopedEvent[], { attempt }: Attempt): Promise<DeliveryOutcome> {
    let body: Buffer
    try {
      body = this.#body.bytesOf(events)
    } catch (thrown) {
      // What an older or a damaged store hands out may be no event at all: it must not stop those beside it.
      return { kind: 'never', cause: asError(thrown) }
    }
    const headers = {
      'content-type': this.#body.contentType,
      'spillway-attempt': String(attempt),
      ...this.#signer.batchHeaders({ events, body }, this.#wallNowMs()),
    }
    return this.#target.post({ headers, body })
  }

  close(): Promise<void> {
    return this.#target.close()
  }
}
