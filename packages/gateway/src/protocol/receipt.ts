/**
 * The body of a 202: a promise, and how much it is worth.
 *
 * Pure; imports nothing.
 */

/**
 * What an acknowledged event survives: `memory`, nothing but the gateway staying up; `disk`, power loss, it was flushed;
 * `broker`, one broker said so; `replicated`, several did.
 */
export type Durability = 'memory' | 'disk' | 'broker' | 'replicated'

/** The answer to a request whose events were taken. */
export interface Receipt {
  /** Events taken for the first time. */
  readonly accepted: number
  /** Events that had been taken before, and were not taken again. */
  readonly duplicates: number
  /**
   * Events that found no place, when there are any: the last ones of the request. Only a stream that is not critical takes
   * a request in part.
   */
  readonly refused?: number
  readonly durability: Durability
}
