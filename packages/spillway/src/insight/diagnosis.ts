/**
 * What a diagnosis says: which cause, how sure, on what evidence, and what to do.
 *
 * Floor 3: imports nothing.
 */

/** Why a queue overflows, in one word; `healthy` when it doesn't. */
export type Verdict =
  | 'healthy'
  | 'queue-too-small'
  | 'consumer-too-slow'
  | 'inbound-above-capacity'
  | 'stalled'

/** A cause of overflow. */
export type OverflowCause = Exclude<Verdict, 'healthy'>

/**
 * Which part of the drops each cause explains: four numbers from 0 to 1 with the sum 1, or all 0 when healthy.
 * They come from replays: service at its normal speed, then a queue as long as the allowed wait permits.
 */
export type CauseShares = Readonly<Record<OverflowCause, number>>

/** The numbers behind a diagnosis. Rates are per second, means over the episode unless said otherwise. */
export interface OverflowEvidence {
  /** How long the episode lasted: from the last calm before the first drop to the first calm after the last, or now. */
  readonly episodeMs: number
  /** Whether the queue was still above a tenth of its capacity at the end. */
  readonly ongoing: boolean
  /** Items that arrived in the episode, dropped ones included. */
  readonly arrivals: number
  /** Items refused or evicted in the episode. */
  readonly drops: number
  /** The most items that waited at once. */
  readonly deepest: number
  /** Arrivals per second before the episode, up to a minute. */
  readonly usualInboundPerSecond: number
  /** Arrivals per second from the start of the episode to its last drop. */
  readonly inboundPerSecond: number
  /** What the busy workers could do per second before the episode. */
  readonly usualServicePerSecond: number
  /** What they could do per second from the start of the episode to its last drop. */
  readonly servicePerSecond: number
  /** Arrivals divided by what the workers could do, in the episode. */
  readonly utilisation: number
  /** The share of the drops that the replay of the 100 ms means reproduces; the rest came from shorter swings. */
  readonly explained: number
  /** The longest time in which items waited and none was finished, in milliseconds. */
  readonly longestStallMs: number
  /** The capacity that would have held the whole episode, a quarter added. */
  readonly capacityNeeded: number
  /** How long the last item of such a queue would have waited, in milliseconds. */
  readonly waitNeededMs: number
  /** The share of the arrivals that were marked as retries. */
  readonly retryShare: number
}

/** The answer to "why does my queue overflow?". */
export interface Diagnosis {
  /** What it is: healthy, or the likeliest cause. */
  readonly verdict: Verdict
  /** The next likely cause, when its share is at least a tenth. */
  readonly alternative: OverflowCause | undefined
  /** From 0 to 1: how much of the drops the replay reproduces, less on few samples. */
  readonly confidence: number
  /** How much of the drops each cause explains. */
  readonly shares: CauseShares
  /** `undefined` when healthy. */
  readonly evidence: OverflowEvidence | undefined
  /** One or two sentences: what happened, and what to do about it. */
  readonly advice: string
}
