/**
 * The ids of the last minutes: bounded by age and by number, and shared by the
 * tenants of a stream.
 *
 * Each tenant's are kept in the order of arrival, so that forgetting is a
 * matter of the first entries. A later id never renews an older one. When the
 * window is full, whoever has at least the mean gives up its oldest: a tenant
 * that sends many new names shortens the window of no other.
 */
import { tenantOfKey } from './digest.ts'

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

/** The ids of one tenant, the oldest first. */
type Lane = Map<string, KnownId>

/** The ids of one stream. Every operation costs O(1), amortised. */
export class DedupeWindow {
  readonly #options: DedupeOptions
  readonly #lanes = new Map<string, Lane>()
  /** Goes over the lanes again and again, so that those of tenants that are silent grow no older than others. */
  #round: Iterator<[string, Lane]>
  /** The lane that was last found to be the fullest. */
  #fullest: Lane | undefined
  #size = 0

  constructor(options: DedupeOptions) {
    this.#options = options
    this.#round = this.#lanes.entries()
  }

  get size(): number {
    return this.#size
  }

  /** What is known of `key` at `nowMs`; ids older than the window are unknown. */
  find(key: string, nowMs: number): KnownId | undefined {
    const entry = this.#lanes.get(tenantOfKey(key))?.get(key)
    return entry && this.#isFresh(entry, nowMs) ? entry : undefined
  }

  /** Remembers an id, forgetting what is too old or too many. */
  add(entry: KnownId, nowMs: number): void {
    const lane = this.#laneOf(entry.key)
    this.#forget(lane, entry.key)
    lane.set(entry.key, entry)
    this.#size++
    this.#forgetOld(lane, nowMs)
    this.#forgetOldOfNext(nowMs)
    while (this.#size > this.#options.maxKeys) this.#forgetOldest(this.#mostOf(lane))
  }

  /** Takes back exactly this entry: its event was not taken. */
  forget(entry: KnownId): void {
    const lane = this.#lanes.get(tenantOfKey(entry.key))
    if (lane?.get(entry.key) === entry) this.#forget(lane, entry.key)
  }

  #laneOf(key: string): Lane {
    const tenant = tenantOfKey(key)
    const lane = this.#lanes.get(tenant) ?? new Map<string, KnownId>()
    this.#lanes.set(tenant, lane)
    return lane
  }

  #forget(lane: Lane, key: string): void {
    if (lane.delete(key)) this.#size--
  }

  #forgetOld(lane: Lane, nowMs: number): void {
    for (const [key, entry] of lane) {
      if (this.#isFresh(entry, nowMs)) break
      this.#forget(lane, key)
    }
  }

  #forgetOldOfNext(nowMs: number): void {
    const { done, value } = this.#round.next()
    if (done) {
      this.#round = this.#lanes.entries()
      return
    }
    const [tenant, lane] = value
    this.#forgetOld(lane, nowMs)
    if (lane.size === 0) this.#lanes.delete(tenant)
  }

  #forgetOldest(lane: Lane): void {
    for (const key of lane.keys()) {
      this.#forget(lane, key)
      break
    }
  }

  /** A lane that holds at least the mean: the fullest, or one that became so since. */
  #mostOf(newcomer: Lane): Lane {
    if (newcomer.size >= (this.#fullest?.size ?? 0)) this.#fullest = newcomer
    if (this.#fullest === undefined || this.#fullest.size * this.#lanes.size < this.#size) {
      this.#fullest = [...this.#lanes.values()].reduce((most, each) => (each.size > most.size ? each : most))
    }
    return this.#fullest
  }

  #isFresh(entry: KnownId, nowMs: number): boolean {
    return nowMs - entry.atMs < this.#options.windowMs
  }
}
