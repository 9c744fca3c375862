/**
 * Keeps some space free on the volume, so that what was accepted can still be
 * delivered, noted and removed when the disk is full.
 *
 * The volume is asked again after a second, or when a quarter of what was
 * free has been written.
 */
import { statfs } from 'node:fs/promises'
import type { Clock } from 'spillway'

const STALE_AFTER_MS = 1_000

/** Watches the volume of one directory. */
export class SpaceWatch {
  readonly #path: string
  readonly #minFreeBytes: number
  readonly #clock: Clock
  #freeBytes = 0
  #budgetBytes = 0
  #askedAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(path: string, minFreeBytes: number, clock: Clock) {
    this.#path = path
    this.#minFreeBytes = minFreeBytes
    this.#clock = clock
  }

  /** Whether `bytes` may be written and the reserve stays free. */
  async hasRoom(bytes: number): Promise<boolean> {
    if (this.#minFreeBytes === 0) return true
    if (this.#isStale() || bytes > this.#budgetBytes) await this.#ask()
    if (bytes > this.#freeBytes) return false
    this.#budgetBytes -= bytes
    this.#freeBytes -= bytes
    return true
  }

  /** Asks the volume again, if the last answer is old; whether there is room for at least `bytes` then. */
  async refresh(bytes: number): Promise<boolean> {
    if (this.#isStale()) await this.#ask()
    return bytes <= this.#freeBytes
  }

  #isStale(): boolean {
    return this.#clock.nowMs() - this.#askedAtMs > STALE_AFTER_MS
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#askVolume().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #askVolume(): Promise<void> {
    const volume = await statfs(this.#path)
    this.#askedAtMs = this.#clock.nowMs()
    this.#freeBytes = volume.bavail * volume.bsize - this.#minFreeBytes
    this.#budgetBytes = this.#freeBytes / 4
  }
}
