/**
 * Dead letters on a stream of their own, the same for all gateways: each
 * follows it, and notes in its books what the others set aside, put back and
 * purged.
 *
 * What a letter is stands in the headers of its message, so that following
 * costs no payloads.
 *
 * Imports `store`.
 */
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import { headers, type MsgHdrs } from '@nats-io/transport-node'
import type { EnvelopedEvent } from '../../protocol/envelope.ts'
import type { CommitFailure } from '../append-flow.ts'
import type { DeadNote, StreamBook } from '../stream-book.ts'
import { decodeBatch, encodeBatch } from './batch-message.ts'
import { apiCode, refusedBy } from './broker-answer.ts'

const HEADER = {
  by: 'Spillway-By',
  bytes: 'Spillway-Bytes',
  attempts: 'Spillway-Attempts',
  reason: 'Spillway-Reason',
  deadAtMs: 'Spillway-Dead-At',
} as const
const NO_MESSAGE = 10037
const NOT_FOUND = 10057
/** Letters that are asked for at the same time. */
const AT_ONCE = 32

/** Where letters lie. */
export interface DeadLetterLogOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly stream: string
  readonly subject: string
  readonly timeoutMs: number
  readonly instance: string
  readonly book: StreamBook
}

/** The dead letters of one stream. */
export class DeadLetterLog {
  readonly #options: DeadLetterLogOptions
  /** Changes when this gateway changes something: what was asked before is out of date. */
  #changes = 0

  constructor(options: DeadLetterLogOptions) {
    this.#options = options
  }

  /**
   * Sets an event aside.
   *
   * @param batchPlace - names the event: what is set aside twice within a minute is so once
   * @returns the number of the letter, or why there is none
   */
  async add(
    event: EnvelopedEvent,
    note: Omit<DeadNote, 'seq'>,
    batchPlace: string,
  ): Promise<number | CommitFailure> {
    const { client, subject, instance, timeoutMs, stream } = this.#options
    const fields = headers()
    fields.set(HEADER.by, instance)
    fields.set(HEADER.bytes, String(note.bytes))
    fields.set(HEADER.attempts, String(note.attempts))
    fields.set(HEADER.reason, encodeURIComponent(Buffer.from(note.reason).toString()))
    fields.set(HEADER.deadAtMs, String(note.deadAtMs))
    try {
      const options = {
        headers: fields,
        msgID: batchPlace,
        timeout: timeoutMs,
        expect: { streamName: stream },
      }
      const { seq } = await client.publish(subject, encodeBatch([event]), options)
      this.#changes++
      return seq
    } catch (error) {
      return refusedBy(error).failure
    }
  }

  /** The events of letters, in the order of their numbers; those that are gone are left out. */
  async read(seqs: readonly number[]): Promise<ReadonlyMap<number, EnvelopedEvent>> {
    const found = new Map<number, EnvelopedEvent>()
    for (let at = 0; at < seqs.length; at += AT_ONCE) {
      const some = seqs.slice(at, at + AT_ONCE)
      const events = await Promise.all(some.map((seq) => this.#read(seq)))
      for (const [i, seq] of some.entries()) {
        const event = events[i]
        if (event) found.set(seq, event)
      }
    }
    return found
  }

  /** Takes letters away. Returns those that were there. */
  async delete(seqs: readonly number[]): Promise<readonly number[]> {
    const { book } = this.#options
    const gone: number[] = []
    for (const seq of new Set(seqs)) {
      if (!book.dead.has(seq)) continue
      this.#changes++
      const isOurs = await this.#delete(seq)
      if (isOurs && book.takeFromDead(seq)) gone.push(seq)
      else book.othersTookFromDead(seq)
    }
    return gone
  }

  /** A letter of another gateway, or of an earlier run. */
  readonly onLetter = (message: JsMsg): void => {
    const { book, instance } = this.#options
    if (message.headers?.get(HEADER.by) === instance) return
    const note = noteOf(message.seq, message.headers)
    if (note) book.othersSetAside(note)
  }

  /** The stream of the letters is another one: what the old one held is gone. */
  forgetAll(): void {
    this.#changes++
    for (const seq of [...this.#options.book.dead.keys()]) this.#options.book.othersTookFromDead(seq)
  }

  /** Looks which letters the others have put back or purged. */
  async compare(): Promise<void> {
    const { manager, stream, book } = this.#options
    const changes = this.#changes
    const { state } = await manager.streams.info(stream)
    if (state.messages === book.dead.size || changes !== this.#changes) return
    const detailed = await manager.streams.info(stream, { deleted_details: true })
    if (changes !== this.#changes) return
    const deleted = new Set(detailed.state.deleted ?? [])
    const { first_seq, last_seq } = detailed.state
    for (const seq of [...book.dead.keys()]) {
      if (seq <= last_seq && (seq < first_seq || deleted.has(seq))) book.othersTookFromDead(seq)
    }
  }

  async #read(seq: number): Promise<EnvelopedEvent | undefined> {
    const { manager, stream } = this.#options
    const message = await manager.streams.getMessage(stream, { seq })
    return message ? decodeBatch(message.data)[0] : undefined
  }

  async #delete(seq: number): Promise<boolean> {
    const { manager, stream } = this.#options
    try {
      return await manager.streams.deleteMessage(stream, seq, false)
    } catch (error) {
      const code = apiCode(error)
      if (code === NO_MESSAGE || code === NOT_FOUND) return false
      throw error
    }
  }
}

function noteOf(seq: number, fields: MsgHdrs | undefined): DeadNote | undefined {
  if (!fields?.has(HEADER.deadAtMs)) return undefined
  const number = (name: string): number => Number(fields.get(name)) || 0
  return {
    seq,
    bytes: number(HEADER.bytes),
    attempts: number(HEADER.attempts),
    reason: decodeURIComponent(fields.get(HEADER.reason)),
    deadAtMs: number(HEADER.deadAtMs),
  }
}
