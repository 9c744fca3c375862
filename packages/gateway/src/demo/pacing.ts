/**
 * When how many events are due: an even flow, or bursts. Open loop: it does
 * not wait for answers, as the world does not.
 *
 * Pure; imports `scenes`.
 */
import type { Load } from './scenes.ts'

/** Counts what is due. */
export class Pacing {
  #load: Load
  #lastMs: number
  #owed = 0
  #burstAtMs: number

  constructor(load: Load, nowMs: number) {
    this.#load = load
    this.#lastMs = nowMs
    this.#burstAtMs = nowMs
  }

  /** From now on so. What was owed before is forgotten. */
  change(load: Load, nowMs: number): void {
    this.#load = load
    this.#lastMs = nowMs
    this.#owed = 0
    this.#burstAtMs = nowMs
  }

  /** The requests that are due now, each as its number of events. */
  due(nowMs: number): readonly number[] {
    const { eventsPerSecond, batch, burstEveryMs } = this.#load
    if (burstEveryMs > 0) {
      if (nowMs < this.#burstAtMs) return []
      this.#burstAtMs = nowMs + burstEveryMs
      this.#owed += (eventsPerSecond * burstEveryMs) / 1000
    } else {
      this.#owed += (eventsPerSecond * (nowMs - this.#lastMs)) / 1000
    }
    this.#lastMs = nowMs
    const requests = Math.floor(this.#owed / batch)
    this.#owed -= requests * batch
    return Array.from({ length: requests }, () => batch)
  }
}
