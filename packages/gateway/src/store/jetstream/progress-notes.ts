/**
 * What is done of a batch, and what of it waits for a retry: written down when
 * it is not all done at once, so that whoever takes the batch over goes on
 * where it was left.
 *
 * One note for each batch, the last one wins; many changes during one write
 * share the next. A note that can't be written costs deliveries that happen
 * again, nothing else.
 *
 * Imports `store`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import { z } from 'zod'
import type { HeldEvents, HeldMessage } from './held-events.ts'

/** The state of a batch. */
export interface Progress {
  /** Bit by bit, in base64: 1 is done with. */
  readonly done: string
  /** Place, attempts that failed, and when the next is due. */
  readonly waiting: readonly (readonly [place: number, attempts: number, dueAtMs: number])[]
}

const progress = z.object({
  done: z.string(),
  waiting: z.array(z.tuple([z.number(), z.number(), z.number()])),
})

/** What notes are made of, and where they go. */
export interface ProgressNotesOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly stream: string
  readonly timeoutMs: number
  subjectOf(batch: string): string
}

/** The last write of a batch, under way or about to be. */
interface Write {
  hasBegun: boolean
  written: Promise<void>
}

/** The notes of one stream. */
export class ProgressNotes {
  readonly #options: ProgressNotesOptions
  readonly #held: HeldEvents
  readonly #writes = new Map<string, Write>()
  /** The broker's number of the last note of each batch that has one. */
  readonly #noted = new Map<string, number>()

  constructor(options: ProgressNotesOptions, held: HeldEvents) {
    this.#options = options
    this.#held = held
  }

  /** Writes down how a batch stands now; resolves when that, or something later, is written. */
  write(message: HeldMessage): Promise<void> {
    const { batch } = message
    const last = this.#writes.get(batch)
    // It has not looked yet: what changed now is in it.
    if (last && !last.hasBegun) return last.written
    const write: Write = { hasBegun: false, written: Promise.resolve() }
    write.written = (last?.written ?? Promise.resolve()).then(async () => {
      write.hasBegun = true
      await this.#publish(message)
      if (this.#writes.get(batch) === write) this.#writes.delete(batch)
    })
    this.#writes.set(batch, write)
    return write.written
  }

  /** The batch is done with: its note goes. */
  forget({ batch }: HeldMessage): void {
    const seq = this.#noted.get(batch)
    if (seq === undefined) return
    this.#noted.delete(batch)
    const { manager, stream } = this.#options
    // What stays is pushed out by later notes.
    manager.streams.deleteMessage(stream, seq, false).catch(() => {})
  }

  /** How a batch was left by whoever had it before. */
  async read(batch: string): Promise<Progress | undefined> {
    const { manager, stream, subjectOf } = this.#options
    const note = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(batch) })
    if (!note) return undefined
    this.#noted.set(batch, note.seq)
    return progress.parse(JSON.parse(note.string()))
  }

  async #publish(message: HeldMessage): Promise<void> {
    const { client, subjectOf, timeoutMs } = this.#options
    if (message.live.size === 0) return
    const body = JSON.stringify(progressOf(message, this.#held))
    try {
      const { seq } = await client.publish(subjectOf(message.batch), body, { timeout: timeoutMs })
      this.#noted.set(message.batch, seq)
      if (message.live.size === 0) this.forget(message)
    } catch {
      // Delivered again by the next, as said.
    }
  }
}

/** Whether an event of a batch is done with. */
export function isDone(done: Buffer, place: number): boolean {
  return ((done[place >> 3] ?? 0) & (1 << (place & 7))) !== 0
}

function progressOf({ size, live }: HeldMessage, held: HeldEvents): Progress {
  const done = Buffer.alloc((size + 7) >> 3)
  for (let place = 0; place < size; place++) {
    if (!live.has(place)) done[place >> 3]! |= 1 << (place & 7)
  }
  const waiting = [...live].flatMap(([place, seq]): [number, number, number][] => {
    const { attempts = 0, dueAtMs = 0 } = held.get(seq) ?? {}
    return attempts > 0 ? [[place, attempts, dueAtMs]] : []
  })
  return { done: done.toString('base64'), waiting }
}
