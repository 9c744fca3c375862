/**
 * How long the client of a request will wait, from its header fields: never
 * more than the server's own bound, and never a free ride.
 *
 * A field that is malformed, repeated or absurd is ignored: then the server's
 * own bound holds. Relative values only: clocks of two machines disagree.
 *
 * Source: the gRPC over HTTP/2 protocol for `grpc-timeout`; Envoy's router for `x-envoy-expected-rq-timeout-ms`.
 * Floor 4: imports `options`.
 */
import { durationMs, optional, type Rule, type Rules, resolveOptions } from '../options/rules.ts'

/** Where a budget is read from, and its bound. */
export interface BudgetOptions {
  /** The server's own bound in milliseconds: no budget is larger, and it is the budget of those who name none. */
  readonly maxMs: number
  /** Whether `grpc-timeout` and `x-envoy-expected-rq-timeout-ms` are read. @defaultValue `true` */
  readonly standardHeaders?: boolean | undefined
  /** One more header, in lower case, that holds whole milliseconds. It is read first. @defaultValue none */
  readonly header?: string | undefined
}

const aHeaderName: Rule = {
  expects: 'the name of a header in lower case',
  accepts: (value) => typeof value === 'string' && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(value),
}

const RULES: Rules<BudgetOptions> = {
  maxMs: durationMs,
  standardHeaders: optional({ expects: 'true or false', accepts: (value) => typeof value === 'boolean' }),
  header: optional(aHeaderName),
}

/** Reads one header field of a request: its only value, or `undefined`. */
export type ReadHeader = (name: string) => string | undefined

/** Milliseconds by unit of `grpc-timeout`. */
const GRPC_UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
}

/** Makes the function that reads a request's budget in milliseconds. */
export function budgetReader(given: BudgetOptions): (read: ReadHeader) => number {
  const { maxMs, standardHeaders, header } = resolveOptions('budget', given, RULES, { standardHeaders: true })
  return (read) => {
    const own = header === undefined ? undefined : parseWholeMs(read(header))
    const named = own ?? (standardHeaders ? standardBudget(read) : undefined)
    return named === undefined ? maxMs : Math.min(named, maxMs)
  }
}

function standardBudget(read: ReadHeader): number | undefined {
  return parseGrpcTimeout(read('grpc-timeout')) ?? parseWholeMs(read('x-envoy-expected-rq-timeout-ms'))
}

/** `250m` and the like in milliseconds: one to eight digits and a unit of H, M, S, m, u, n. `undefined` for anything else. */
export function parseGrpcTimeout(value: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(value ?? '')
  return match ? Number(match[1]) * GRPC_UNIT_MS[match[2]!]! : undefined
}

/** Whole milliseconds of at most nine digits. `undefined` for anything else. */
export function parseWholeMs(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}
