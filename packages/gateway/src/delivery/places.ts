/**
 * The places of a stream: how many are left, for whom, and the one way to get
 * them, which is to ask its store.
 *
 * Whatever the store answers is noted here: what it took of the room, and who
 * took it; that it is full; that it can keep nothing. So what is known of the
 * room is right whoever asks, and nobody else looks into the store's answers.
 * Absent on purpose: who may ask, and what becomes of those who got nothing.
 *
 * Imports `spillway`, `store`, `protocol`.
 */
import { type Clock, refusal, refusalError } from 'spillway'
import type { Receipt } from '../protocol/receipt.ts'
import type { AppendResult, StreamStore } from '../store/store.ts'
import type { Batch } from './batch.ts'
import { KeptRoom } from './kept-room.ts'
import { Room } from './room.ts'
import { StoreTrouble } from './store-trouble.ts'
import { TakeRefusal } from './take-refusal.ts'

/** What places are made of. */
export interface PlacesOptions {
  readonly streamName: string
  readonly store: StreamStore
  readonly clock: Clock
  /** How much the stream may hold now. */
  backlog(): { readonly items: number; readonly bytes: number }
}

/** The places of one stream. */
export class Places {
  readonly #streamName: string
  readonly #store: StreamStore
  readonly #room: Room
  readonly #kept: KeptRoom
  readonly #trouble: StoreTrouble

  constructor({ streamName, store, clock, backlog }: PlacesOptions) {
    this.#streamName = streamName
    this.#store = store
    this.#room = new Room(store, backlog)
    this.#kept = new KeptRoom(this.#room, backlog, clock)
    this.#trouble = new StoreTrouble(clock)
  }

  /** Why the store can keep nothing; `undefined` when all is well, and for one newcomer in a while, which tries anew. */
  failure(): TakeRefusal | undefined {
    return this.#trouble.failure()
  }

  /** What the store said when it last was asked to keep events, if it could not. */
  get trouble(): string | undefined {
    return this.#trouble.latest?.detail
  }

  /** Whether there is room for so much now. */
  has(items: number, bytes: number): boolean {
    return this.#room.has(items, bytes)
  }

  /** Whether what is left is for other tenants than this one, which asks. */
  areForOthers(tenant: string): boolean {
    return this.#kept.isForOthers(tenant)
  }

  /** The stream may hold more or less than before. */
  resized(): void {
    this.#room.forget()
  }

  /**
   * Has a batch stored, all of it or none; `undefined` when there is no room for it.
   *
   * @param within - how long the commit may take in a store that others keep
   * @throws TakeRefusal when it can't be kept, OverloadError `ERR_CLOSED`; what the store throws
   */
  async take(batch: Batch, within?: { readonly timeoutMs: number }): Promise<Receipt | undefined> {
    const { events, items, bytes, tenant } = batch
    this.#room.use(items, bytes)
    const taken = this.#kept.took(tenant, items)
    let accepted = 0
    try {
      const result = await this.#store.append(events, within)
      if (!result.taken) return this.#gotNone(result)
      accepted = result.accepted
      this.#trouble.passed()
      return { accepted, duplicates: result.duplicates, durability: result.durability }
    } finally {
      // What it did not get, or did not need.
      taken.add(tenant, accepted - items)
    }
  }

  /** @throws unless the reason is that the store is full */
  #gotNone({ reason, detail, index }: AppendResult & { taken: false }): undefined {
    switch (reason) {
      case 'items-full':
      case 'bytes-full':
      case 'age-full':
      case 'commit-full':
        this.#room.forget()
        return undefined
      case 'closed':
        throw refusalError(`stream ${this.#streamName}`, refusal('ERR_CLOSED'))
      case 'no-space':
      case 'failed': {
        const trouble = new TakeRefusal(reason, detail)
        this.#trouble.met(trouble)
        throw trouble
      }
      default:
        throw new TakeRefusal(reason, detail, index)
    }
  }
}
