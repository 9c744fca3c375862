/**
 * The options that the guards of all frameworks have in common.
 *
 * Floor 4: imports `clock`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import type { Criticality } from '../gate/criticality.ts'
import type { AsyncGate } from '../gate/gate.ts'
import { shadow } from '../gate/shadow.ts'
import {
  aBoolean,
  aClock,
  aFunction,
  anObjectWith,
  durationMs,
  optional,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'
import { REFUSAL_RESPONSE_RULES, type RefusalFacts, type RefusalResponseOptions } from './refusal-response.ts'
import type { BudgetOptions } from './request-budget.ts'

/** How requests of type `Q` are guarded. */
export interface GuardOptions<Q> extends RefusalResponseOptions {
  /** Admits or refuses each request. */
  readonly gate: AsyncGate
  /** How long a request may wait for leave to start, in milliseconds. @defaultValue 0: it is answered at once */
  readonly timeoutMs?: number | undefined
  /** Whose limit a request counts against, for gates with a limit for each key. */
  readonly key?: ((request: Q) => string | undefined) | undefined
  /** What a request takes of the limit. @defaultValue 1 */
  readonly cost?: ((request: Q) => number) | undefined
  /** How important a request is, as the server sees it: no header is read, so that clients can't promote themselves. */
  readonly criticality?: ((request: Q) => Criticality) | undefined
  /** The client's time budget, from its headers, bounded by the server's own. @defaultValue none */
  readonly budget?: BudgetOptions | undefined
  /** Requests that are never refused nor counted: health probes. @defaultValue none */
  readonly exempt?: ((request: Q) => boolean) | undefined
  /** Count what would be refused, and admit it: `stats().wouldRefuse`. @defaultValue `false` */
  readonly shadow?: boolean | undefined
  /** Told when the gate, or a function of these options, fails. Without it a process warning tells, at most every ten seconds. */
  readonly onError?: ((error: unknown, request: Q) => void) | undefined
  /** For warnings alone. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
  /** Told of each refusal, before it is sent. What it throws is given to `onError`. */
  readonly onRefusal?: ((refusal: RefusalFacts, request: Q) => void) | undefined
}

const anything: Rule = { expects: 'given', accepts: () => true }

const RULES: Rules<GuardOptions<never>> = {
  ...REFUSAL_RESPONSE_RULES,
  gate: anObjectWith('enter'),
  timeoutMs: optional(durationMs),
  key: optional(aFunction),
  cost: optional(aFunction),
  criticality: optional(aFunction),
  budget: optional(anything),
  exempt: optional(aFunction),
  shadow: optional(aBoolean),
  onRefusal: optional(aFunction),
  onError: optional(aFunction),
  clock: optional(aClock),
}

const DEFAULTS = { timeoutMs: 0, clock: systemClock }

/** Options with their defaults filled in. */
export interface ResolvedGuardOptions<Q> extends GuardOptions<Q> {
  readonly timeoutMs: number
  readonly clock: Clock
}

/** Checks the options of a guard. The gate is a shadow where that was asked for. */
export function resolveGuardOptions<Q>(given: GuardOptions<Q>): ResolvedGuardOptions<Q> {
  const options = resolveOptions<GuardOptions<Q>, typeof DEFAULTS>('guard', given, RULES, DEFAULTS)
  return options.shadow ? { ...options, gate: shadow(options.gate) } : options
}
