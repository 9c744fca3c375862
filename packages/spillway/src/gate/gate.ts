/**
 * The contract that every refusing policy keeps: ask, be admitted or refused
 * at once, and tell how it ended.
 *
 * Floor 2: imports `errors`, `options`.
 */
import type { OverloadCode, Scope } from '../errors/overload-codes.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import type { Criticality } from './criticality.ts'

/**
 * How work ended, for a limit that learns: `success`; `failure`, a sign of overload (timeout, 429, 503);
 * `ignored`, any other end: the work's own failure never trains a limit.
 */
export type Outcome = 'success' | 'failure' | 'ignored'

/**
 * What is asked of a gate. Everything has a default. Every gate checks all of it, also what it doesn't look at: a wrong
 * ask is an `OptionError`.
 */
export interface Ask {
  /** How much of the limit it takes: tokens, weight. A number of at least 0; 1 by default. */
  readonly cost?: number | undefined
  /** Who asks: for gates with one limit for each key, and for shedders, at which the asks of one key share their fate. */
  readonly key?: string | undefined
  /** How important the work is; `critical` by default. Never taken from a client unchecked. */
  readonly criticality?: Criticality | undefined
  /** The time in milliseconds from now within which the work must have finished to be of use. */
  readonly finishWithinMs?: number | undefined
}

/** Leave to start, to be ended exactly once. Ending it again does nothing. */
export interface Permit {
  readonly admitted: true
  /** The work has ended. Without an outcome it was a success. */
  end(outcome?: Outcome): void
  /** The work never started: everything that was taken is given back. */
  cancel(): void
}

/** A no, as a value. */
export interface Refusal {
  readonly admitted: false
  /** Why, from the table `OVERLOAD_CODES`. */
  readonly code: OverloadCode
  /** Whose fault it is: `client` or `server`. */
  readonly scope: Scope
  /** The earliest moment, in milliseconds from now, at which the same ask would be admitted if nothing else arrived. */
  readonly retryAfterMs?: number | undefined
}

/** A gate that may need time to answer: because it lets callers wait, or because it asks over a network. */
export interface AsyncGate {
  /**
   * Whether it only judges: it answers at once, and its permits take nothing that others could miss. `compose` asks
   * such a gate once for each admission, and keeps its permit while it waits elsewhere: asked again, one that throws
   * dice would give everybody who waits a second throw.
   */
  readonly isJudge?: boolean
  /**
   * Waits for leave to start, within the bounds given.
   *
   * @throws OverloadError when refused; `signal.reason` when aborted
   */
  enter(ask?: Ask & WaitOptions): Promise<Permit>
}

/** A gate that can answer at once. */
export interface Gate extends AsyncGate {
  /** Leave to start, or a refusal; never waits, and a refusal changes nothing but counters. */
  tryEnter(ask?: Ask): Permit | Refusal
}
