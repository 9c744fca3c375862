/**
 * Sends batches to the broker. A batch is taken when the broker has
 * acknowledged it, under the right stream and with a number; when the broker
 * says that it had it before, the note of its ids tells what it was. A batch
 * whose keys fall into several partitions goes there in parts.
 *
 * Imports `store`.
 */
import type { JetStreamClient } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import type { Clock } from 'spillway'
import type { Admission } from '../admission.ts'
import type { CommitFailure } from '../append-flow.ts'
import type { KnownId } from '../dedupe-window.ts'
import { encodeBatch } from './batch-message.ts'
import { refusedBy } from './broker-answer.ts'
import type { Doubts } from './doubts.ts'
import { KnownIds } from './known-ids.ts'
import { inParts, type Part } from './partitions.ts'
import type { Share } from './shared-count.ts'

/** Names a batch, or a part of one: by whom, and which. */
export const BATCH_HEADER = 'Spillway-Batch'
/** Of a part: the batch that it is a part of. */
export const PART_OF_HEADER = 'Spillway-Part-Of'

/** A message that the broker has. */
export interface StoredMessage {
  readonly seq: number
  readonly partition: number
  readonly share: Share
}

/** What became of a message. */
type Published = { readonly kind: 'stored'; readonly seq: number } | { readonly kind: 'known' } | Refusal
/** What became of a batch. */
export type Sent =
  | { readonly kind: 'stored'; readonly messages: readonly StoredMessage[] }
  | { readonly kind: 'known' }
  | Refusal

interface Refusal {
  readonly kind: 'refused'
  readonly failure: CommitFailure
}

interface Message extends Part {
  readonly batch: string
  readonly body: Uint8Array
}

/** A batch on its way. */
interface Dispatch {
  readonly batch: string
  readonly messages: readonly Message[]
  /** When all has to be said, by the clock. */
  readonly deadlineMs: number
}

/** What batches are sent with. */
export interface BatchSenderOptions {
  readonly client: JetStreamClient
  readonly clock: Clock
  readonly stream: string
  /** Names this gateway's run. */
  readonly instance: string
  readonly timeoutMs: number
  /** The largest body that the broker takes. */
  readonly maxMessageBytes: number
  readonly dedupeWindowMs: number
  readonly ids: KnownIds
  /** Of a stream in order: how many there are, and where batches in parts are noted. */
  readonly partitions?: number | undefined
  readonly doubts?: Doubts | undefined
  subjectOf(partition: number, partOf?: string): string
  wallNowMs(): number
  /** The broker did not answer. */
  onSilence(detail: string): void
  onWarning(sentence: string): void
}

/** Sends the batches of one stream. */
export class BatchSender {
  readonly #options: BatchSenderOptions
  readonly #underWay = new Map<string, { readonly answer: Promise<unknown>; readonly messages: number }>()
  #messagesUnderWay = 0
  #count = 0

  constructor(options: BatchSenderOptions) {
    this.#options = options
  }

  /** Batches that have no acknowledgement yet. */
  get underWay(): number {
    return this.#underWay.size
  }

  /** Messages that the broker may have, and that are counted nowhere yet. */
  get messagesUnderWay(): number {
    return this.#messagesUnderWay
  }

  /** Resolves when the batch of this name, if it is one of ours, has its answer. */
  async answered(batch: string): Promise<void> {
    await this.#underWay.get(batch)?.answer
  }

  /**
   * Sends a batch; `onStored` is called in the turn in which the last acknowledgement came. The ids are noted before it
   * resolves.
   *
   * @param timeoutMs - how long the broker may take, less than is usual
   */
  async send(
    admission: Admission,
    timeoutMs: number | undefined,
    onStored: (messages: readonly StoredMessage[]) => void,
  ): Promise<Sent> {
    const { instance, maxMessageBytes, clock, timeoutMs: usualMs } = this.#options
    const batch = `${instance}-${this.#count++}`
    const messages = this.#messagesOf(batch, admission)
    const largest = Math.max(...messages.map(({ body }) => body.length))
    if (largest > maxMessageBytes) {
      const detail = `a batch of ${largest} bytes with its envelopes is above the ${maxMessageBytes} that the broker takes in one message (its max_payload)`
      return { kind: 'refused', failure: { reason: 'too-large', detail } }
    }
    const deadlineMs = clock.nowMs() + Math.min(usualMs, timeoutMs ?? usualMs)
    const answer = this.#send({ batch, messages, deadlineMs }, idsOf(admission), onStored)
    this.#underWay.set(batch, { answer, messages: messages.length })
    this.#messagesUnderWay += messages.length
    try {
      return await answer
    } finally {
      this.#forget(batch)
    }
  }

  #forget(batch: string): void {
    this.#messagesUnderWay -= this.#underWay.get(batch)?.messages ?? 0
    this.#underWay.delete(batch)
  }

  #messagesOf(batch: string, { fresh }: Admission): readonly Message[] {
    const { partitions } = this.#options
    if (partitions === undefined) return [{ batch, partition: 0, events: fresh, body: encodeBatch(fresh) }]
    const parts = inParts(fresh, { partitions, keyless: this.#count % partitions })
    return parts.map((part) => {
      const name = parts.length === 1 ? batch : `${batch}p${part.partition}`
      return { ...part, batch: name, body: encodeBatch(part.events) }
    })
  }

  async #send(
    dispatch: Dispatch,
    ids: readonly KnownId[] | undefined,
    onStored: (messages: readonly StoredMessage[]) => void,
  ): Promise<Sent> {
    const messageId = ids && KnownIds.messageId(ids)
    const { doubts } = this.#options
    const sent =
      dispatch.messages.length > 1 && doubts
        ? await this.#sendParts(dispatch, doubts)
        : await this.#sendWhole(dispatch, messageId, ids)
    if (sent.kind !== 'stored') return sent
    this.#forget(dispatch.batch)
    onStored(sent.messages)
    if (messageId !== undefined && ids) await this.#tell(messageId, ids)
    return sent
  }

  async #sendWhole(
    { messages, batch, deadlineMs }: Dispatch,
    messageId: string | undefined,
    ids: readonly KnownId[] | undefined,
  ): Promise<Sent> {
    const message = messages[0]! // a batch has one at least
    let sent = await this.#publish(message, { messageId, deadlineMs })
    if (sent.kind === 'known' && messageId !== undefined && ids) {
      const known = await this.#whatIsKnown(messageId, ids)
      if (known) return known
      // The window is over, though the broker has not forgotten: it is fresh.
      sent = await this.#publish(message, { messageId: batch, deadlineMs })
    }
    return sent.kind === 'stored' ? { kind: 'stored', messages: [stored(message, sent.seq)] } : sent
  }

  /** All of the parts, or none: the broker is told first that they come, and last that they are there. */
  async #sendParts({ batch, messages, deadlineMs }: Dispatch, doubts: Doubts): Promise<Sent> {
    const partitions = messages.map(({ partition }) => partition)
    try {
      const doubt = await doubts.open(batch, partitions, this.#leftMs(deadlineMs))
      const sent = await Promise.all(
        messages.map((message) => this.#publish(message, { partOf: batch, deadlineMs })),
      )
      const refused = sent.find((each) => each.kind === 'refused')
      const isTaken = !refused && (await doubts.close(doubt, this.#leftMs(deadlineMs)))
      if (isTaken) {
        const seqs = sent.map((each) => (each.kind === 'stored' ? each.seq : 0))
        return { kind: 'stored', messages: messages.map((message, i) => stored(message, seqs[i]!)) }
      }
      void doubts.giveUp(doubt)
      const detail = 'the parts of the batch took longer than other gateways wait'
      return refused ?? { kind: 'refused', failure: { reason: 'failed', detail } }
    } catch (error) {
      void doubts.giveUp({ batch })
      return this.#refusedBy(error)
    }
  }

  async #publish(
    { batch, partition, body }: Message,
    how: {
      readonly messageId?: string | undefined
      readonly partOf?: string | undefined
      readonly deadlineMs: number
    },
  ): Promise<Published> {
    const { client, stream, subjectOf } = this.#options
    const { messageId, partOf, deadlineMs } = how
    const fields = headers()
    fields.set(BATCH_HEADER, batch)
    if (partOf !== undefined) fields.set(PART_OF_HEADER, partOf)
    try {
      const ack = await client.publish(subjectOf(partition, partOf), body, {
        headers: fields,
        timeout: this.#leftMs(deadlineMs),
        expect: { streamName: stream },
        ...(messageId === undefined ? {} : { msgID: messageId }),
      })
      if (ack.stream !== stream || !(ack.seq > 0)) {
        const detail = `the broker acknowledged something else: ${ack.stream} ${ack.seq}`
        return { kind: 'refused', failure: { reason: 'failed', detail } }
      }
      return ack.duplicate ? { kind: 'known' } : { kind: 'stored', seq: ack.seq }
    } catch (error) {
      return this.#refusedBy(error)
    }
  }

  #leftMs(deadlineMs: number): number {
    return Math.max(1, Math.ceil(deadlineMs - this.#options.clock.nowMs()))
  }

  #refusedBy(error: unknown): Refusal {
    const { failure, isSilence } = refusedBy(error)
    if (isSilence) this.#options.onSilence(failure.detail)
    return { kind: 'refused', failure }
  }

  /** What the note of a repeated append says; `undefined` when it is older than the window. */
  async #whatIsKnown(messageId: string, ids: readonly KnownId[]): Promise<Sent | undefined> {
    const { ids: known, dedupeWindowMs, wallNowMs } = this.#options
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
      return this.#refusedBy(error)
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

function stored({ partition, events }: Message, seq: number): StoredMessage {
  const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
  return {
    seq,
    partition,
    share: { items: events.length, bytes, receivedAtMs: events[0]?.receivedAtMs ?? 0 },
  }
}

/** The ids of a batch in which each event has one of its client's; of any other the broker needs none. */
function idsOf({ ids }: Admission): readonly KnownId[] | undefined {
  const given = ids.filter((id) => id !== undefined)
  return given.length > 0 && given.length === ids.length ? given : undefined
}
