/**
 * What a stream finds out about itself: how its sink fares, and why it falls
 * behind, if it does.
 *
 * Imports `spillway`, `sinks`, `observe`, `protocol`.
 */
import type { Clock } from 'spillway'
import type { SinkSettings } from '../config/sink-settings.ts'
import { diagnoseStandstill, diagnoseStream, type StreamFacts } from '../observe/diagnosis.ts'
import { StreamWatch } from '../observe/stream-watch.ts'
import type { DiagnosisState } from '../protocol/state.ts'
import { SinkHealth } from '../sinks/sink-health.ts'

/** A diagnosis by measurement is as good for so long: it looks at seconds, and costs some passes over its bins. */
const DIAGNOSIS_MS = 500

/** What the stream has to tell about itself. */
export type ToldFacts = Omit<StreamFacts, 'sink' | 'downForMs' | 'standstillMs' | 'bins'>

/** The eyes of one stream. */
export class StreamInsight {
  readonly watch: StreamWatch
  readonly sink: SinkHealth
  readonly #clock: Clock
  #diagnosis: { readonly state: DiagnosisState; readonly atMs: number } | undefined

  constructor(sink: SinkSettings, { clock, wallNowMs }: { clock: Clock; wallNowMs: () => number }) {
    this.#clock = clock
    this.watch = new StreamWatch(clock)
    this.sink = new SinkHealth(sink, wallNowMs)
  }

  /** Why the stream falls behind, if it does. What is known for certain is known at once, the rest in half a second. */
  diagnosis(told: ToldFacts): DiagnosisState {
    const facts = {
      ...told,
      sink: this.sink.state(),
      downForMs: this.sink.downForMs(),
      standstillMs: this.watch.standstillMs(),
    }
    return diagnoseStandstill(facts) ?? this.#measured(facts)
  }

  /** The last diagnosis no longer holds: somebody changed something. */
  forget(): void {
    this.#diagnosis = undefined
  }

  #measured(facts: Omit<StreamFacts, 'bins'>): DiagnosisState {
    const nowMs = this.#clock.nowMs()
    if (this.#diagnosis && nowMs - this.#diagnosis.atMs < DIAGNOSIS_MS) return this.#diagnosis.state
    // Whatever came or went by another way than the watch was told of.
    this.watch.holds(facts.queued + facts.inFlight + facts.retrying)
    const state = diagnoseStream({ ...facts, bins: this.watch.bins() })
    this.#diagnosis = { state, atMs: nowMs }
    return state
  }
}
