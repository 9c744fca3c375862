/**
 * How the way to Redis is, for people and alerts.
 */
import type { LinkStats } from '../connection/redis-link.ts'
import { sentenceFor } from '../connection/setup-error.ts'

/** The way to Redis, by value. */
export interface RedisStats {
  /** Calls sent. */
  readonly calls: number
  /** Calls that failed, or were not answered in time. */
  readonly failures: number
  /** Calls that the client has not let go of, those given up included. */
  readonly inFlight: number
  /** Whether the latest news was bad: `whenUnavailable` then decides, but for one ask at a time that tries. */
  readonly isDown: boolean
  /** The latest failure in a sentence that names the remedy; `undefined` when there was none. */
  readonly lastFault: string | undefined
}

/** Says a link's numbers. */
export function redisStats({ lastFault, ...numbers }: LinkStats): RedisStats {
  return { ...numbers, lastFault: lastFault === undefined ? undefined : sentenceFor(lastFault) }
}
