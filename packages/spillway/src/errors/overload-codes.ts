/**
 * The table of refusals: every way in which Spillway says no.
 *
 * Users match the `code`. `docs/reference/errors.md` is compared with this
 * table by a test, both ways.
 *
 * Floor 0: imports nothing.
 */

/** Whose fault a refusal is: `client` asked for more than its share, `server` can take no more. */
export type Scope = 'client' | 'server'

/** What one code means, for a program. */
export interface OverloadCodeRow {
  /** `client` answers 429, `server` answers 503. */
  readonly scope: Scope
  /** Whether the same ask can succeed later. */
  readonly retryable: boolean
  /** The HTTP status that tells it truthfully. */
  readonly httpStatus: 413 | 429 | 503
  /** One sentence for the reader of a log. */
  readonly meaning: string
}

const client = { scope: 'client', retryable: true, httpStatus: 429 } as const
const server = { scope: 'server', retryable: true, httpStatus: 503 } as const

/** The stable name of a refusal. */
export type OverloadCode =
  | 'ERR_RATE_LIMITED'
  | 'ERR_COST_EXCEEDS_BURST'
  | 'ERR_QUEUE_FULL'
  | 'ERR_WAIT_TIMEOUT'
  | 'ERR_TOO_MANY_WAITING'
  | 'ERR_CONCURRENCY_LIMITED'
  | 'ERR_SHED'
  | 'ERR_BUDGET_UNREACHABLE'
  | 'ERR_BUDGET_SPENT'
  | 'ERR_EVICTED'
  | 'ERR_LIMIT_UNAVAILABLE'
  | 'ERR_CLOSED'

/** Every code with its scope, retryability and HTTP status. */
export const OVERLOAD_CODES: Readonly<Record<OverloadCode, OverloadCodeRow>> = {
  ERR_RATE_LIMITED: { ...client, meaning: 'The caller is over its rate; a token comes later.' },
  ERR_COST_EXCEEDS_BURST: {
    scope: 'client',
    retryable: false,
    httpStatus: 413,
    meaning: 'The ask costs more than can ever be granted at once; it would be refused for ever.',
  },
  ERR_QUEUE_FULL: { ...server, meaning: 'The queue is at its capacity.' },
  ERR_WAIT_TIMEOUT: { ...server, meaning: 'No place came free within the allowed wait.' },
  ERR_TOO_MANY_WAITING: { ...server, meaning: 'As many callers wait as may wait.' },
  ERR_CONCURRENCY_LIMITED: { ...server, meaning: 'As much work is in flight as the limit allows.' },
  ERR_SHED: { ...server, meaning: 'Shed on purpose, to keep more important work alive.' },
  ERR_BUDGET_UNREACHABLE: {
    ...server,
    meaning: 'The work is predicted not to finish within its time budget, so it is not started.',
  },
  ERR_BUDGET_SPENT: { ...server, meaning: 'The time budget ran out before the work could start.' },
  ERR_EVICTED: { ...server, meaning: 'Accepted, then removed from the queue to make room.' },
  ERR_LIMIT_UNAVAILABLE: {
    ...server,
    meaning: 'The limit is kept elsewhere, cannot be reached, and is set to refuse then.',
  },
  ERR_CLOSED: { ...server, meaning: 'Closed: nothing more is taken.' },
}
