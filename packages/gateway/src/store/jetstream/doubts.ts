/**
 * Batches that are stored in parts, one for each partition that their keys
 * fall into, and are whole or nothing all the same.
 *
 * Before the first part a note of the batch is stored, and with the last part
 * in its place it is written again, as taken: that is the moment in which the
 * batch is. Then it goes. As long as it is open, no gateway takes a part on.
 * What can't be stored whole is given up: the note says so, the parts are
 * deleted, and the note goes when nothing of it can be under way any more. Of a
 * gateway that ended in the middle the others give it up.
 *
 * What is decided is written, never deleted: a broker that is killed may forget
 * what it deleted, and forgets nothing that it wrote.
 *
 * Imports `spillway`, `store`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { Clock } from 'spillway'
import { z } from 'zod'
import { apiCode } from './broker-answer.ts'

const WRONG_LAST_SEQUENCE = 10071
/** How long to wait before a note is looked at again. */
const ASK_AGAIN_MS = 10

const note = z.object({ partitions: z.array(z.number()), fate: z.enum(['open', 'taken', 'given-up']) })

type Note = z.infer<typeof note>

const NO_NOTE: Note = { partitions: [], fate: 'given-up' }

/** A note as it was found. */
interface Found extends Note {
  readonly seq: number
}

/** A batch whose parts are being stored. */
export interface Doubt {
  readonly batch: string
  readonly partitions: readonly number[]
  /** The broker's number of the note. */
  readonly seq: number
}

/** How the fate of a batch is waited for. */
export interface FateWait {
  /** When its part arrived, by this gateway's clock. */
  readonly arrivedAtMs: number
  /** Whether the answer is still of use. */
  isAwaited(): boolean
  /** It is open yet. */
  onOpen(): void
}

/** Where notes lie, and the parts. */
export interface DoubtsOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly clock: Clock
  /** The stream of the notes. */
  readonly stream: string
  /** The stream of the parts. */
  readonly backlog: string
  readonly takeOverMs: number
  readonly timeoutMs: number
  subjectOf(batch: string): string
  subjectOfPart(partition: number, batch: string): string
}

/** The notes of one stream. */
export class Doubts {
  readonly #options: DoubtsOptions
  /** What there was notes of, and when that was asked. */
  #known: { readonly askedAtMs: number; readonly batches: ReadonlySet<string> } | undefined
  #asking: Promise<void> | undefined
  /** Since when a note is known, by its number. */
  readonly #since = new Map<number, number>()
  /** Batches of our own that are given up, and are not cleared away yet. */
  readonly #ownGivenUp = new Set<string>()

  constructor(options: DoubtsOptions) {
    this.#options = options
  }

  /** Notes that a batch is being stored in these partitions. */
  async open(batch: string, partitions: readonly number[], timeoutMs: number): Promise<Doubt> {
    const seq = await this.#write({ batch, partitions, seq: 0 }, 'open', timeoutMs)
    return { batch, partitions, seq }
  }

  /**
   * All parts are in their places: the batch is taken, unless it was given up meanwhile.
   *
   * @returns whether it is taken
   */
  async close(doubt: Doubt, timeoutMs: number): Promise<boolean> {
    try {
      const seq = await this.#write(doubt, 'taken', timeoutMs)
      void this.#delete(seq)
      return true
    } catch (error) {
      if (apiCode(error) === WRONG_LAST_SEQUENCE) return false
      throw error
    }
  }

  /** Gives a batch of our own up, now and again until that is done. Never rejects. */
  async giveUp({ batch }: Pick<Doubt, 'batch'>): Promise<void> {
    this.#ownGivenUp.add(batch)
    try {
      await this.#giveUp(batch)
      this.#ownGivenUp.delete(batch)
    } catch {
      // Tried again by `sweep`, here or at another gateway.
    }
  }

  /** What became of a batch of which a part has arrived; waits as long as that is open. */
  async fateOf(batch: string, wait: FateWait): Promise<'taken' | 'given-up' | 'unknown'> {
    const { clock } = this.#options
    while (wait.isAwaited()) {
      try {
        if (!(await this.#mayBeOpen(batch, wait.arrivedAtMs))) return 'taken'
        const found = await this.#find(batch)
        if (!found) return 'taken'
        if (found.fate !== 'open') return found.fate
      } catch {
        // The broker is away: asked again.
      }
      wait.onOpen()
      await new Promise<void>((resolve) => clock.schedule(ASK_AGAIN_MS, resolve))
    }
    return 'unknown'
  }

  /** Gives up what nobody goes on with, and clears away what was given up. */
  async sweep(): Promise<void> {
    const { manager, stream, clock, takeOverMs, subjectOf } = this.#options
    const { state } = await manager.streams.info(stream, { subjects_filter: subjectOf('*') })
    const nowMs = clock.nowMs()
    const seen = new Set<number>()
    for (const subject of Object.keys(state.subjects ?? {})) {
      const batch = subject.slice(subject.lastIndexOf('.') + 1)
      const found = await this.#find(batch)
      if (!found) continue
      seen.add(found.seq)
      const sinceMs = this.#since.get(found.seq) ?? nowMs
      this.#since.set(found.seq, sinceMs)
      const isOld = nowMs - sinceMs >= takeOverMs
      if (found.fate === 'open' && (isOld || this.#ownGivenUp.has(batch))) await this.giveUp({ batch })
      else if (found.fate !== 'open' && isOld) await this.#clear(batch, found)
    }
    for (const seq of this.#since.keys()) if (!seen.has(seq)) this.#since.delete(seq)
  }

  /** Whether there was a note of a batch after its part had arrived; one question answers for many parts. */
  async #mayBeOpen(batch: string, arrivedAtMs: number): Promise<boolean> {
    while (!this.#known || this.#known.askedAtMs <= arrivedAtMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined
      })
      await this.#asking
    }
    return this.#known.batches.has(batch)
  }

  async #ask(): Promise<void> {
    const { manager, stream, clock, subjectOf } = this.#options
    const askedAtMs = clock.nowMs()
    const { state } = await manager.streams.info(stream, { subjects_filter: subjectOf('*') })
    const subjects = Object.keys(state.subjects ?? {})
    const batches = new Set(subjects.map((subject) => subject.slice(subject.lastIndexOf('.') + 1)))
    this.#known = { askedAtMs, batches }
  }

  async #find(batch: string): Promise<Found | undefined> {
    const { manager, stream, subjectOf } = this.#options
    const found = await manager.streams.getMessage(stream, { last_by_subj: subjectOf(batch) })
    if (!found) return undefined
    const parsed = note.safeParse(jsonOf(found.data))
    // What no gateway wrote is cleared away in time.
    return { seq: found.seq, ...(parsed.success ? parsed.data : NO_NOTE) }
  }

  async #giveUp(batch: string): Promise<void> {
    const { timeoutMs } = this.#options
    const found = await this.#find(batch)
    // Taken after all, or cleared away.
    if (!found || found.fate === 'taken') return
    const { seq, partitions, fate } = found
    try {
      if (fate === 'open') await this.#write({ batch, partitions, seq }, 'given-up', timeoutMs)
    } catch (error) {
      // Decided by somebody else in this moment.
      if (apiCode(error) === WRONG_LAST_SEQUENCE) return
      throw error
    }
    await this.#deleteParts(batch, partitions)
  }

  /** Writes a note, if nobody has written it since. */
  async #write(
    { batch, partitions, seq: last }: Doubt,
    fate: Note['fate'],
    timeout: number,
  ): Promise<number> {
    const { client, subjectOf } = this.#options
    const options = { timeout, expect: { lastSubjectSequence: last } }
    const { seq } = await client.publish(subjectOf(batch), JSON.stringify({ partitions, fate }), options)
    return seq
  }

  /** What stays is swept away. */
  async #delete(seq: number): Promise<void> {
    const { manager, stream } = this.#options
    await manager.streams.deleteMessage(stream, seq, false).catch(() => {})
  }

  /** A part that was under way when the batch was given up has arrived by now: it goes, and the note after it. */
  async #clear(batch: string, { seq, partitions, fate }: Found): Promise<void> {
    if (fate === 'given-up') await this.#deleteParts(batch, partitions)
    await this.#delete(seq)
  }

  async #deleteParts(batch: string, partitions: readonly number[]): Promise<void> {
    const { manager, backlog, subjectOfPart } = this.#options
    const deleteOne = async (partition: number): Promise<void> => {
      const query = { last_by_subj: subjectOfPart(partition, batch) }
      const part = await manager.streams.getMessage(backlog, query)
      // Somebody else may have deleted it meanwhile.
      if (part) await manager.streams.deleteMessage(backlog, part.seq, false).catch(() => {})
    }
    await Promise.all(partitions.map(deleteOne))
  }
}

function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString())
  } catch {
    return undefined
  }
}
