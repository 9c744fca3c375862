/**
 * Why nothing is delivered at all, told from what is known for certain: no
 * statistics are needed to see that somebody paused a stream.
 *
 * Pure; imports `wording`, `protocol`.
 */
import type { DiagnosisState, SinkState } from '../protocol/state.ts'
import { sayCount, sayMs } from './wording.ts'

/** A sink that has failed for so long is down. */
const DOWN_MS = 2000
/** Deliveries of which none has ended for so long hang; and for twice the 99th percentile. */
const HANGING_MS = 5000

/** What is known of a stream's delivery. */
export interface DeliveryFacts {
  /** What the store said when it could not keep events. */
  readonly trouble: string | undefined
  readonly paused: readonly string[]
  readonly queued: number
  readonly inFlight: number
  readonly retrying: number
  readonly deadLetters: number
  readonly sink: SinkState
  /** For how long the sink has failed without a success between, in milliseconds; 0 when it takes events. */
  readonly downForMs: number
  /** For how long deliveries have been under way without one of them ending, in milliseconds. */
  readonly standstillMs: number
  readonly serviceP99Ms: number
}

type Standstill = Pick<DiagnosisState, 'sentence' | 'evidence' | 'remedy'>

/** The first reason there is, or `undefined` when deliveries go on. */
export function standstill(facts: DeliveryFacts): Standstill | undefined {
  return storeFailed(facts) ?? paused(facts) ?? deadLettersFull(facts) ?? sinkDown(facts) ?? hanging(facts)
}

function storeFailed({ trouble }: DeliveryFacts): Standstill | undefined {
  if (trouble === undefined) return undefined
  return {
    sentence: 'Nothing is taken: the store cannot keep events.',
    evidence: [trouble],
    remedy: 'Free space on its volume, or look for errors of the disk in the log of the system.',
  }
}

function paused(facts: DeliveryFacts): Standstill | undefined {
  if (!facts.paused.includes('operator')) return undefined
  return {
    sentence: `Delivery is paused by an operator; ${waiting(facts)}.`,
    evidence: [],
    remedy: 'Resume it when the consumer is ready; events are taken meanwhile, as far as there is room.',
  }
}

function deadLettersFull(facts: DeliveryFacts): Standstill | undefined {
  if (!facts.paused.includes('dead-letters-full')) return undefined
  return {
    sentence: `Delivery stands still: the dead letters are full, and the next failure would have no place; ${waiting(facts)}.`,
    evidence: [`${sayCount(facts.deadLetters, 'event')} set aside`, ...lastFailure(facts)],
    remedy: 'Mend what the sink refuses, then replay or purge dead letters; or raise deadLetters.',
  }
}

function sinkDown(facts: DeliveryFacts): Standstill | undefined {
  const { downForMs, sink, queued, inFlight, retrying } = facts
  if (downForMs < DOWN_MS || queued + inFlight + retrying === 0) return undefined
  return {
    sentence: `The sink has taken nothing for ${sayMs(downForMs)}; ${waiting(facts)}.`,
    evidence: [`${sayCount(sink.consecutiveFailures, 'failure')} in a row`, ...lastFailure(facts)],
    remedy: `Bring ${sink.target} back: what waits is delivered then, by itself.`,
  }
}

function hanging(facts: DeliveryFacts): Standstill | undefined {
  const { standstillMs, serviceP99Ms, inFlight } = facts
  if (standstillMs < Math.max(HANGING_MS, 2 * serviceP99Ms)) return undefined
  return {
    sentence: `The sink has answered nothing for ${sayMs(standstillMs)}; ${waiting(facts)}.`,
    evidence: [`${sayCount(inFlight, 'event')} under way`],
    remedy: 'Look for what the sink waits for; a shorter timeoutMs would give up earlier and try again.',
  }
}

function waiting({ queued, inFlight, retrying }: DeliveryFacts): string {
  const count = queued + inFlight + retrying
  return count === 0 ? 'nothing waits' : `${sayCount(count, 'event')} ${count === 1 ? 'waits' : 'wait'}`
}

function lastFailure({ sink }: DeliveryFacts): readonly string[] {
  return sink.lastFailure ? [`last: ${sink.lastFailure.message}`] : []
}
