/**
 * What the page remembers of the gateway: its latest state, the minutes before
 * it as series, and the rates of the last seconds.
 *
 * It holds the same amount after a week as after five minutes.
 *
 * Pure; imports `series`, `rates`, the protocol.
 */
import type { GatewayState, StreamState } from '@spillway/gateway/protocol'
import { areComparable, ratesBetween, type StreamRates } from './rates.ts'
import { Series } from './series.ts'

/** What the charts can draw. */
export const SERIES_NAMES = [
  'offered',
  'taken',
  'refused',
  'accepted',
  'delivered',
  'evicted',
  'depth',
  'capacity',
  'p50',
  'p99',
] as const

/** One of them. */
export type SeriesName = (typeof SERIES_NAMES)[number]

/** The series of one stream. */
export type StreamSeries = Series<SeriesName>

/** At one state a second, five minutes. */
export const KEPT_ROWS = 300
/** Two states further apart than this have a gap between them. */
const GAP_MS = 3000
/** A rate that is read, not drawn, is taken over so long: it would flicker otherwise. */
const STEADY_MS = 5000
/** States come each second; a few more may come when the reader reloads. */
const MAX_RECENT = 16

/** The memory of the page. */
export class History {
  readonly #series = new Map<string, StreamSeries>()
  #recent: readonly GatewayState[] = []

  /** The newest state; `undefined` before the first. */
  get latest(): GatewayState | undefined {
    return this.#recent.at(-1)
  }

  /** Takes in a state. One of an earlier time means that the gateway's clock was set back: the series begin anew. */
  push(state: GatewayState): void {
    const last = this.latest
    if (last && state.nowMs < last.nowMs) this.#series.clear()
    const isSameProcess = last !== undefined && areComparable(last, state)
    for (const stream of state.streams) this.#pushRow(state, stream)
    for (const name of this.#series.keys()) {
      if (!state.streams.some((stream) => stream.name === name)) this.#series.delete(name)
    }
    const kept = isSameProcess ? this.#recent.filter(({ nowMs }) => nowMs >= state.nowMs - 2 * STEADY_MS) : []
    this.#recent = [...kept, state].slice(-MAX_RECENT)
  }

  /** The series of a stream; empty when it is unknown. */
  seriesOf(streamName: string): StreamSeries {
    return this.#series.get(streamName) ?? new Series(SERIES_NAMES, 1)
  }

  /** What a stream does a second, over the last five seconds or what is known of them. */
  ratesOf(streamName: string): StreamRates | undefined {
    const { latest } = this
    const before = this.#recent.find(({ nowMs }) => latest && nowMs >= latest.nowMs - STEADY_MS - 500)
    return latest && before && before !== latest ? ratesBetween(before, latest, streamName) : undefined
  }

  #pushRow(state: GatewayState, stream: StreamState): void {
    const series = this.#series.get(stream.name) ?? new Series<SeriesName>(SERIES_NAMES, KEPT_ROWS)
    this.#series.set(stream.name, series)
    const { lastMs } = series
    const isGap = lastMs !== undefined && state.nowMs - lastMs > GAP_MS
    if (isGap) series.pushGap(lastMs + 1)
    const before = this.latest
    const rates = before && !isGap ? ratesBetween(before, state, stream.name) : undefined
    series.push(state.nowMs, {
      offered: rates?.offeredRequests,
      taken: rates?.acceptedRequests,
      refused: rates?.refusedRequests,
      accepted: rates?.acceptedEvents,
      delivered: rates?.deliveredEvents,
      evicted: rates?.evictedEvents,
      depth: stream.depth.items,
      capacity: stream.depth.maxItems,
      p50: stream.acceptMs?.p50,
      p99: stream.acceptMs?.p99,
    })
  }
}
