/**
 * What the processes of a live run tell each other. Plain data.
 */

/** What the server is told at its start. */
export interface ServerTask {
  readonly policy: string
  readonly slots: number
  readonly meanMs: number
  readonly seed: number
  readonly patienceMs: number
  /** It ends when it holds so much more than at its start. */
  readonly memoryBoundBytes: number
}

/** What the generator is told. */
export interface LoadTask {
  readonly port: number
  readonly path: string
  readonly ratePerSecond: number
  readonly warmUpMs: number
  readonly endMs: number
  readonly patienceMs: number
  readonly payloadBytes: number
  readonly seed: number
}

/** What the generator saw, of requests that were due after the warm-up. */
export interface LoadFacts {
  readonly planned: number
  readonly sent: number
  readonly answeredMs: readonly number[]
  readonly refusedMs: readonly number[]
  /** Those of them that were given at once, without a wait. */
  readonly earlyMs: readonly number[]
  readonly expired: number
  readonly failed: number
  /** How late requests were sent. */
  readonly lagP99Ms: number
  /** The part of one processor that the generator itself took, from 0 to 1. */
  readonly cpuShare: number
  /** Answers in time for each 100 ms from the start. */
  readonly goodBins: readonly number[]
}

/** What the server measured, from the first request on. */
export interface ServerFacts {
  readonly memoryBytes: readonly number[]
  readonly inside: readonly number[]
  readonly eventLoopDelayP99Ms: number
  readonly eventLoopUtilisation: number
  readonly cpuMs: number
  readonly answered: number
  readonly refused: number
}

/** The header by which the lab's own server says that who is refused has waited for it. */
export const WAITED_HEADER = 'x-waited'

/** The width of the bins, and between two samples. */
export const SAMPLE_MS = 100
