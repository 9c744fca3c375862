/**
 * The ids of the last minutes: bounded by age and by number.
 *
 * Kept in the order of arrival, so that forgetting is a matter of the first
 * entries. A later id never renews an older one.
 */
/** What is remembered of an event with a client's id. */
export interface KnownId {
  readonly key: string
  /** First 64 bits of the SHA-256 of content type and payload. */
  readonly digest: bigint
  /** Wall-clock milliseconds at which it was seen. */
  readonly atMs: number
  /** Set while the event is not committed yet; resolves when it is, or was given up. */
  pending?: { ended(): Promise<void> } | undefined
}

/** Length and size of the window. */
export interface DedupeOptions {
  readonly windowMs: number
  readonly maxKeys: number
}

/** The ids of one stream. Every operation costs O(1), amortised. */
export class DedupeWindow {
  readonly #options: DedupeOptions
  readonly #known = new Map<string, KnownId>()

  constructor(options: DedupeOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#known.size
  }

  /** What is known of `key` at `nowMs`; ids older than the window are unknown. */
  find(key: string, nowMs: number): KnownId | undefined {
    const entry = this.#known.get(key)
    return entry && this.#isFresh(entry, nowMs) ? entry : undefined
  }

  /** Remembers an id, forgetting what is too old or too many. */
  add(entry: KnownId, nowMs: number): void {
    this.#known.delete(entry.key)
    this.#known.set(entry.key, entry)
    for (const oldest of this.#known.values()) {
      if (this.#known.size <= this.#options.maxKeys && this.#isFresh(oldest, nowMs)) break
      this.#known.delete(oldest.key)
    }
  }

  /** Takes back exactly this entry: its event was not taken. */
  forget(entry: KnownId): void {
    if (this.#known.get(entry.key) === entry) this.#known.delete(entry.key)
  }

  #isFresh(entry: KnownId, nowMs: number): boolean {
    return nowMs - entry.atMs < this.#options.windowMs
  }
}
