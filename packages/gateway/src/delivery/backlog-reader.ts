/**
 * Reads a backlog in order, lazily: one small batch ahead of whoever delivers.
 *
 * What was not handed out yet can be evicted; what was handed out is
 * delivery's. Events that wait for a retry are passed over: their retries bring
 * them back.
 *
 * Imports `store`.
 */
import type { StoredEvent, StreamStore } from '../store/store.ts'

/** How much is read, and handed out, in one step. */
export interface ReadStep {
  readonly items: number
  readonly bytes: number
}

/** One reader of one stream. */
export class BacklogReader {
  readonly #store: StreamStore
  #step: ReadStep
  /** The last event that was read. */
  #cursor = 0
  #ahead: readonly StoredEvent[] = []
  #next = 0
  #reading: Promise<void> | undefined
  #wake: (() => void) | undefined
  #ended = false

  constructor(store: StreamStore, step: ReadStep) {
    this.#store = store
    this.#step = step
    store.onReadable(() => this.#wakeUp())
  }

  /** The next events, at least one: waits while there are none. None after `end`. */
  async next(): Promise<readonly StoredEvent[]> {
    while (!this.#ended) {
      const first = this.#takeAhead() ?? (await this.#read())
      if (first) return [first, ...this.#takeAllAhead()]
      await this.#untilReadable()
    }
    return []
  }

  /** Reads in other steps from now on. */
  setStep(step: ReadStep): void {
    this.#step = step
  }

  /** Hands nothing more out. */
  end(): void {
    this.#ended = true
    this.#wakeUp()
  }

  /**
   * Removes the oldest events that were not handed out: at least so many items, and so many bytes, as far as there are
   * so many. Returns how many that were.
   */
  async evictOldest(items: number, bytes: number): Promise<number> {
    const seqs: number[] = []
    let evictedBytes = 0
    while (seqs.length < items || evictedBytes < bytes) {
      const event = this.#takeAhead() ?? (await this.#read())
      if (!event) break
      seqs.push(event.seq)
      evictedBytes += event.payload.length
    }
    return seqs.length === 0 ? 0 : this.#store.settle(seqs, 'evicted')
  }

  #takeAhead(): StoredEvent | undefined {
    const event = this.#ahead[this.#next]
    if (event) this.#next++
    return event
  }

  #takeAllAhead(): readonly StoredEvent[] {
    const rest = this.#ahead.slice(this.#next)
    this.#next = this.#ahead.length
    return rest
  }

  /** Reads on, once for all who ask meanwhile; the first event that nobody has taken by then. */
  async #read(): Promise<StoredEvent | undefined> {
    this.#reading ??= this.#readOn()
    await this.#reading
    return this.#takeAhead()
  }

  async #readOn(): Promise<void> {
    this.#isReadable = false
    try {
      const { items, bytes } = this.#step
      const request = { after: this.#cursor, maxItems: items, maxBytes: bytes }
      this.#ahead = await this.#store.read(request)
      this.#next = 0
      this.#cursor = this.#ahead.at(-1)?.seq ?? this.#cursor
    } finally {
      this.#reading = undefined
    }
  }

  /** Whether something came since the last reading began. */
  #isReadable = false

  async #untilReadable(): Promise<void> {
    if (this.#isReadable || this.#ended) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #wakeUp(): void {
    this.#isReadable = true
    this.#wake?.()
    this.#wake = undefined
  }
}
