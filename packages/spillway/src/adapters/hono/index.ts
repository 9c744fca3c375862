/**
 * Overload protection for Hono, and for any handler from a `Request` to a
 * `Response`: each request is admitted, or refused on its headers alone.
 *
 * The work counts as ended when its response is made; a body that streams on
 * after that is no longer counted as in flight.
 *
 * Floor 6: imports `http`; of `hono`, types alone.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { isOverloadError } from '../../errors/overload-error.ts'
import type { Permit } from '../../gate/gate.ts'
import { GuardCore } from '../../http/guard-core.ts'
import type { GuardOptions } from '../../http/guard-options.ts'
import {
  type RefusalResponse,
  type RefusalResponseOptions,
  responderOf,
} from '../../http/refusal-response.ts'
import type { GuardStats } from '../../http/request-ledger.ts'
import { outcomeOfStatus } from '../../http/status-outcome.ts'

export type { GuardOptions, GuardStats }

/** A guarding middleware. What was admitted finds its time budget in `c.get('budgetMs')`. */
export interface GuardMiddleware extends MiddlewareHandler {
  /** Counters and gauges, by value. */
  stats(): GuardStats
}

/** A handler of the fetch style. */
export type FetchHandler = (request: Request, admission: FetchAdmission) => Response | Promise<Response>

/** What an admitted request carries. */
export interface FetchAdmission {
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
  /** The request's time budget in milliseconds from its arrival; `undefined` without one. */
  readonly budgetMs: number | undefined
}

/** Guards handlers of the fetch style with one gate. */
export interface FetchGuard {
  (handler: FetchHandler): (request: Request) => Promise<Response>
  /** Counters and gauges, by value. */
  stats(): GuardStats
}

/** 499, as nginx has it: the client has gone, nobody reads the answer. */
const CLIENT_GONE = 499

/**
 * Guards a Hono application, or the routes behind it.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 *
 * @example
 * ```ts
 * app.use(guard({ gate: new ConcurrencyLimiter({ limit: aimd() }), timeoutMs: 50 }))
 * ```
 */
export function guard(options: GuardOptions<Context>): GuardMiddleware {
  const core = new GuardCore(options)
  const middleware: MiddlewareHandler = async (c, next) => {
    const verdict = await judge(core, c, c.req.raw)
    if (verdict instanceof Response) return verdict
    c.set('budgetMs', verdict.budgetMs)
    return endingWith({ core, ...verdict }, c.req.raw, async () => {
      await next()
      return c.res
    })
  }
  return Object.assign(middleware, { stats: () => core.stats() })
}

/**
 * Guards a handler from `Request` to `Response`, whatever serves it.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 */
export function guardFetch(options: GuardOptions<Request>): FetchGuard {
  const core = new GuardCore(options)
  const make = (handler: FetchHandler) => async (request: Request) => {
    const verdict = await judge(core, request, request)
    if (verdict instanceof Response) return verdict
    const { signal } = request
    const { budgetMs } = verdict
    return endingWith({ core, ...verdict }, request, async () => handler(request, { signal, budgetMs }))
  }
  return Object.assign(make, { stats: () => core.stats() })
}

/**
 * The answer for a handler that met a refusal by itself, as when it enqueues: 429, 503 or 413 with `Retry-After` and a
 * problem document; `undefined` for any other error.
 */
export function refusalResponse(error: unknown, options?: RefusalResponseOptions): Response | undefined {
  return isOverloadError(error) ? toResponse(responderOf(options).respond(error)) : undefined
}

/** What an admitted request was given; without a permit it is exempt. */
interface Admitted {
  readonly permit: Permit | undefined
  readonly budgetMs: number | undefined
}

function judge<Q>(core: GuardCore<Q>, request: Q, raw: Request): Promise<Admitted | Response> {
  let leave: (() => void) | undefined
  const judged = new Promise<Admitted | Response>((resolve, reject) => {
    const waiting = core.enter({
      request,
      read: (name) => raw.headers.get(name) ?? undefined,
      admitted: (permit, budgetMs) => resolve({ permit, budgetMs }),
      refused: (response) => resolve(toResponse(response)),
      failed: reject,
      left: () => resolve(new Response(null, { status: CLIENT_GONE })),
    })
    leave = waiting && (() => waiting.abandon(raw.signal.reason))
  })
  return leave ? leaving(raw.signal, leave, judged) : judged
}

/** Calls `leave` when the client goes away before `judged` is settled. */
async function leaving<T>(signal: AbortSignal, leave: () => void, judged: Promise<T>): Promise<T> {
  signal.addEventListener('abort', leave)
  if (signal.aborted) leave()
  try {
    return await judged
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

async function endingWith<Q>(
  { core, permit }: Admitted & { readonly core: GuardCore<Q> },
  { signal }: Request,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    const response = await answer()
    core.ended(permit, signal.aborted ? 'ignored' : outcomeOfStatus(response.status))
    return response
  } catch (error) {
    core.ended(permit, 'ignored')
    throw error
  }
}

function toResponse({ status, headers, body }: RefusalResponse): Response {
  return new Response(body, { status, headers })
}
