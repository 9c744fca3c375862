/**
 * Sends batches to the broker. A batch is taken when the broker has
 * acknowledged it, under the right stream and with a number; when the broker
 * says that it had it before, the note of its ids tells what it was.
 *
 * Imports `store`.
 */
import type { JetStreamClient } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import type { Admission } from '../admission.ts'
import type { CommitFailure } from '../append-flow.ts'
import type { KnownId } from '../dedupe-window.ts'
import { encodeBatch } from './batch-message.ts'
import { refusedBy } from './broker-answer.ts'
import { KnownIds } from './known-ids.ts'

/** Names a batch: by whom, and which. */
export const BATCH_HEADER = 'Spillway-Batch'

/** What became of a batch. */
export type Sent =
  | { readonly kind: 'stored'; readonly seq: number }
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly failure: CommitFailure }

interface Message {
  readonly batch: string
  readonly subject: string
  readonly body: Uint8Array
}

/** What batches are sent with. */
export interface BatchSenderOptions {
  readonly client: JetStreamClient
  readonly stream: string
  /** Names this gateway's run. */
  readonly instance: string
  readonly timeoutMs: number
  /** The largest body that the broker takes. */
  readonly maxMessageBytes: number
  readonly dedupeWindowMs: number
  readonly ids: KnownIds
  wallNowMs(): number
  /** The broker did not answer. */
  onSilence(detail: string): void
  onWarning(sentence: string): void
}

/** Sends the batches of one stream. */
export class BatchSender {
  readonly #options: BatchSenderOptions
  readonly #underWay = new Map<string, Promise<unknown>>()
  #count = 0

  constructor(options: BatchSenderOptions) {
    this.#options = options
  }

  /** Batches that have no acknowledgement yet. */
  get underWay(): number {
    return this.#underWay.size
  }

  /** Resolves when the batch of this name, if it is one of ours, has its answer. */
  async answered(batch: string): Promise<void> {
    await this.#underWay.get(batch)
  }

  /**
   * Sends a batch; `onStored` is called in the turn in which the acknowledgement came. The ids are noted before it
   * resolves.
   */
  async send(subject: string, admission: Admission, onStored: (seq: number) => void): Promise<Sent> {
    const { instance, maxMessageBytes } = this.#options
    const body = encodeBatch(admission.fresh)
    if (body.length > maxMessageBytes) {
      const detail = `a batch of ${body.length} bytes with its envelopes is above the ${maxMessageBytes} that the broker takes in one message (its max_payload)`
      return { kind: 'refused', failure: { reason: 'too-large', detail } }
    }
    const batch = `${instance}-${this.#count++}`
    const sending = this.#send({ batch, subject, body }, idsOf(admission), onStored)
    this.#underWay.set(batch, sending)
    try {
      return await sending
    } finally {
      this.#underWay.delete(batch)
    }
  }

  async #send(
    message: Message,
    ids: readonly KnownId[] | undefined,
    onStored: (seq: number) => void,
  ): Promise<Sent> {
    const messageId = ids && KnownIds.messageId(ids)
    let sent = await this.#publish(message, messageId)
    if (sent.kind === 'known' && messageId !== undefined && ids) {
      const known = await this.#whatIsKnown(messageId, ids)
      if (known) return known
      // The window is over, though the broker has not forgotten: it is fresh.
      sent = await this.#publish(message, message.batch)
    }
    if (sent.kind !== 'stored') return sent
    this.#underWay.delete(message.batch)
    onStored(sent.seq)
    if (messageId !== undefined && ids) await this.#tell(messageId, ids)
    return sent
  }

  async #publish({ batch, subject, body }: Message, messageId: string | undefined): Promise<Sent> {
    const { client, stream, timeoutMs, onSilence } = this.#options
    const fields = headers()
    fields.set(BATCH_HEADER, batch)
    try {
      const ack = await client.publish(subject, body, {
        headers: fields,
        timeout: timeoutMs,
        expect: { streamName: stream },
        ...(messageId === undefined ? {} : { msgID: messageId }),
      })
      if (ack.stream !== stream || !(ack.seq > 0)) {
        const detail = `the broker acknowledged something else: ${ack.stream} ${ack.seq}`
        return { kind: 'refused', failure: { reason: 'failed', detail } }
      }
      return ack.duplicate ? { kind: 'known' } : { kind: 'stored', seq: ack.seq }
    } catch (error) {
      const { failure, isSilence } = refusedBy(error)
      if (isSilence) onSilence(failure.detail)
      return { kind: 'refused', failure }
    }
  }

  /** What the note of a repeated append says; `undefined` when it is older than the window. */
  async #whatIsKnown(messageId: string, ids: readonly KnownId[]): Promise<Sent | undefined> {
    const { ids: known, dedupeWindowMs, wallNowMs, onSilence } = this.#options
    try {
      const noted = await known.find(messageId)
      // Not noted: whoever sent it ended before it could. The broker has it.
      if (!noted) return { kind: 'known' }
      if (noted.some(({ atMs }) => wallNowMs() - atMs >= dedupeWindowMs)) return undefined
      const index = ids.findIndex((id, place) => id.digest !== noted[place]?.digest)
      if (index < 0) return { kind: 'known' }
      const detail = 'an id was used before for another body'
      return { kind: 'refused', failure: { reason: 'id-conflict', detail, index } }
    } catch (error) {
      const { failure, isSilence } = refusedBy(error)
      if (isSilence) onSilence(failure.detail)
      return { kind: 'refused', failure }
    }
  }

  async #tell(messageId: string, ids: readonly KnownId[]): Promise<void> {
    try {
      await this.#options.ids.tell(messageId, ids)
    } catch (error) {
      const { detail } = refusedBy(error).failure
      this.#options.onWarning(`the ids of a batch could not be told to the other gateways: ${detail}`)
    }
  }
}

/** The ids of a batch in which each event has one of its client's; of any other the broker needs none. */
function idsOf({ ids }: Admission): readonly KnownId[] | undefined {
  const given = ids.filter((id) => id !== undefined)
  return given.length > 0 && given.length === ids.length ? given : undefined
}
