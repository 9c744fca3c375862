/**
 * What is asked for the size of a queue.
 *
 * Floor 3: imports `options`.
 */
import { OptionError } from '../options/option-error.ts'
import {
  integerFrom,
  numberFrom,
  optional,
  positive,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import type { ArrivalBurst } from './formulas.ts'

/** What is known of the queue to be sized. Leave out what is unknown: the answer says what it rests on. */
export interface SizingOptions {
  /** What all workers together can do, in items per second. Above 0. */
  readonly serviceRatePerSecond: number
  /** The time from an item's arrival to the end of its work within which it is of use, in milliseconds. Above 0. */
  readonly deadlineMs: number
  /** The 99th percentile of the service times, in milliseconds. At least 0. */
  readonly serviceP99Ms: number
  /** How many workers there are. An integer from 1 to 1,000,000. @defaultValue 1 */
  readonly workers?: number | undefined
  /** Mean arrivals per second, above 0: gives the load, hence the queue that randomness needs. */
  readonly arrivalRatePerSecond?: number | undefined
  /** How bursty arrivals are, as the squared coefficient of variation of the times between them. At least 0. @defaultValue 1, Poisson */
  readonly arrivalScv?: number | undefined
  /** How uneven service times are, likewise. @defaultValue 1, exponential */
  readonly serviceScv?: number | undefined
  /** The share of items that may find the queue full. Above 0, below 1. @defaultValue 0.001 */
  readonly lossTarget?: number | undefined
  /** A burst that must be held. */
  readonly burst?: ArrivalBurst | undefined
  /** The size of an item in bytes. Above 0; needed with `memoryBytes`. */
  readonly itemBytes?: number | undefined
  /** The memory that the queue may take. Above 0. */
  readonly memoryBytes?: number | undefined
}

/** The options with their defaults. */
export type Sizing = SizingOptions & {
  readonly [K in keyof typeof DEFAULTS]: number
}

const OWNER = 'recommendCapacity'

const share: Rule = {
  expects: 'a number above 0 and below 1',
  accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
}

const anObject: Rule = {
  expects: 'an object with ratePerSecond and durationMs',
  accepts: (value) => typeof value === 'object' && value !== null,
}

const RULES: Rules<SizingOptions> = {
  serviceRatePerSecond: positive,
  deadlineMs: positive,
  serviceP99Ms: numberFrom(0),
  workers: optional(integerFrom(1, 1_000_000)),
  arrivalRatePerSecond: optional(positive),
  arrivalScv: optional(numberFrom(0)),
  serviceScv: optional(numberFrom(0)),
  lossTarget: optional(share),
  burst: optional(anObject),
  itemBytes: optional(positive),
  memoryBytes: optional(positive),
}

const BURST_RULES: Rules<ArrivalBurst> = { ratePerSecond: positive, durationMs: positive }

const DEFAULTS = { workers: 1, arrivalScv: 1, serviceScv: 1, lossTarget: 0.001 }

/** Checks the options and fills in the defaults. */
export function resolveSizing(options: SizingOptions): Sizing {
  const given = resolveOptions(OWNER, options, RULES, DEFAULTS)
  if (given.burst) resolveOptions(`${OWNER} burst`, given.burst, BURST_RULES)
  if (given.memoryBytes !== undefined && given.itemBytes === undefined) {
    throw new OptionError(OWNER, 'itemBytes', 'option "memoryBytes" needs "itemBytes" beside it')
  }
  return given
}
