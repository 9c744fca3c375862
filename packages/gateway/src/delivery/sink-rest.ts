/**
 * The pauses that a sink asks for by its answers, and those while nobody is
 * there: one for all events together, each longer than the one before.
 *
 * Imports `spillway`, `pauses`.
 */
import type { Backoff, Clock } from 'spillway'
import type { Pauses } from './pauses.ts'

/** No sink can stop a stream for longer than this by one answer. */
const MAX_REST_MS = 60_000

/** Leaves one sink alone. */
export class SinkRest {
  readonly #pauses: Pick<Pauses, 'add' | 'delete'>
  readonly #backoff: Backoff
  readonly #clock: Clock
  #untilMs = 0
  /** How often, one pause after the other, nobody was there. */
  #absences = 0

  constructor(pauses: Pick<Pauses, 'add' | 'delete'>, backoff: Backoff, clock: Clock) {
    this.#pauses = pauses
    this.#backoff = backoff
    this.#clock = clock
  }

  /** It took something. */
  answered(): void {
    this.#absences = 0
  }

  /** Nobody was there. Who finds that out while it is known already makes the pause no longer. */
  absent(): void {
    if (this.#clock.nowMs() < this.#untilMs) return
    this.#absences++
    this.asked(this.#backoff(this.#absences))
  }

  /** It asked to be left alone for so long. */
  asked(ms: number): void {
    const untilMs = this.#clock.nowMs() + Math.min(ms, MAX_REST_MS)
    if (ms <= 0 || untilMs <= this.#untilMs) return
    this.#untilMs = untilMs
    this.#pauses.add('sink')
    this.#clock.schedule(untilMs - this.#clock.nowMs(), () => {
      if (this.#clock.nowMs() >= this.#untilMs) this.#pauses.delete('sink')
    })
  }
}
