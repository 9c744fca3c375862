/**
 * What of a shared backlog this gateway has not taken on: what it sent, batch
 * by batch, and what others sent, by number alone.
 *
 * The broker counts messages. How many events are in a message of another
 * gateway is known when it is taken; until then it counts as one event, or as
 * many as the messages seen so far had on average.
 *
 * Pure; imports nothing.
 */

/** The events of a batch. */
export interface Share {
  readonly items: number
  readonly bytes: number
  readonly receivedAtMs: number
}

/** What the broker says of its stream. */
export interface BrokerState {
  readonly messages: number
  readonly firstSeq: number
  readonly lastSeq: number
}

/** What a message may hold as long as none was seen: so that the first are taken on a few at a time. */
const UNSEEN_BYTES = 2 ** 16

/** Counts one backlog. */
export class SharedCount {
  /** What was sent and not taken on, by the broker's number, in ascending order. */
  readonly #sent = new Map<number, Share>()
  /** What was sent since the broker was last compared with: it may not know it yet. */
  #recent: number[] = []
  #sentItems = 0
  #sentBytes = 0
  #others = { messages: 0, items: 0, bytes: 0 }
  /** Of all messages whose content is known. */
  #seen = { messages: 0, items: 0, bytes: 0 }

  get items(): number {
    return this.#sentItems + this.#others.items
  }

  get bytes(): number {
    return this.#sentBytes + this.#others.bytes
  }

  /** What a message holds on average, of those whose content is known. */
  get meanMessage(): { readonly items: number; readonly bytes: number } {
    return {
      items: Math.max(1, this.#mean('items', 1)),
      bytes: Math.max(1, this.#mean('bytes', UNSEEN_BYTES)),
    }
  }

  /** Whether others have sent what is still there. */
  get hasOthers(): boolean {
    return this.#others.messages > 0
  }

  /** When the oldest event that was sent was received. */
  get oldestReceivedAtMs(): number | undefined {
    for (const share of this.#sent.values()) return share.receivedAtMs
    return undefined
  }

  /** The broker has a batch of ours. */
  sent(seq: number, share: Share): void {
    // A broker that lost its messages gives their numbers again.
    this.#forget(seq)
    this.#sent.set(seq, share)
    this.#recent.push(seq)
    this.#sentItems += share.items
    this.#sentBytes += share.bytes
    this.#see(share)
  }

  /** The broker has none of it any more. */
  clear(): void {
    this.#sent.clear()
    this.#recent = []
    this.#sentItems = 0
    this.#sentBytes = 0
    this.#others = { messages: 0, items: 0, bytes: 0 }
  }

  /** A batch was taken on: it is no longer counted here. */
  taken(seq: number, share: Share): void {
    if (this.#forget(seq)) return
    this.#see(share)
    const { messages, items, bytes } = this.#others
    if (messages <= 1) this.#others = { messages: 0, items: 0, bytes: 0 }
    else {
      this.#others = {
        messages: messages - 1,
        items: items - Math.min(items, Math.round(items / messages)),
        bytes: bytes - Math.min(bytes, Math.round(bytes / messages)),
      }
    }
  }

  /**
   * Compares with the broker.
   *
   * @param held - how many messages this gateway has taken on
   * @param unsure - how many of the broker's messages may be known here by now: acknowledged, or sent
   */
  observe(state: BrokerState, held: number, unsure: number): void {
    for (const seq of this.#sent.keys()) {
      if (seq >= state.firstSeq) break
      this.#forget(seq)
    }
    let most = state.messages - held - this.#sentUpTo(state.lastSeq)
    for (const seq of this.#sent.keys()) {
      if (most >= 0) break
      // Another gateway has done with some of ours; which of them will be known when the first is gone.
      this.#forget(seq)
      most++
    }
    const least = Math.max(0, most - unsure)
    this.#setOthers(Math.min(most, Math.max(least, this.#others.messages)))
  }

  #setOthers(messages: number): void {
    const more = messages - this.#others.messages
    const items = Math.max(messages, this.#others.items + Math.round(more * this.#mean('items', 1)))
    const bytes = Math.max(0, this.#others.bytes + Math.round(more * this.#mean('bytes', 0)))
    this.#others = messages === 0 ? { messages, items: 0, bytes: 0 } : { messages, items, bytes }
  }

  #mean(what: 'items' | 'bytes', unknown: number): number {
    return this.#seen.messages === 0 ? unknown : this.#seen[what] / this.#seen.messages
  }

  #see({ items, bytes }: Share): void {
    this.#seen.messages++
    this.#seen.items += items
    this.#seen.bytes += bytes
  }

  #forget(seq: number): boolean {
    const share = this.#sent.get(seq)
    if (!share) return false
    this.#sent.delete(seq)
    this.#sentItems -= share.items
    this.#sentBytes -= share.bytes
    return true
  }

  #sentUpTo(lastSeq: number): number {
    this.#recent = this.#recent.filter((seq) => seq > lastSeq && this.#sent.has(seq))
    return this.#sent.size - this.#recent.length
  }
}
