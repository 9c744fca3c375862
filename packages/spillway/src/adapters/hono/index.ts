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
import { type Admitted, GuardCore, type Verdict } from '../../http/guard-core.ts'
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
    if (verdict === 'gone') return new Response(null, { status: CLIENT_GONE })
    if (!verdict.admitted) return toResponse(verdict.response)
    c.set('budgetMs', verdict.budgetMs)
    return endingWith(verdict, c.req.raw, async () => {
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
    if (verdict === 'gone') return new Response(null, { status: CLIENT_GONE })
    if (!verdict.admitted) return toResponse(verdict.response)
    const { signal } = request
    return endingWith(verdict, request, async () => handler(request, { signal, budgetMs: verdict.budgetMs }))
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

async function judge<Q>(core: GuardCore<Q>, request: Q, raw: Request): Promise<Verdict> {
  try {
    return await core.enter({
      request,
      read: (name) => raw.headers.get(name) ?? undefined,
      gone: () => raw.signal,
    })
  } catch (error) {
    core.failed(error, request)
    throw error
  }
}

async function endingWith(
  admitted: Admitted,
  { signal }: Request,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    const response = await answer()
    admitted.end(signal.aborted ? 'ignored' : outcomeOfStatus(response.status))
    return response
  } catch (error) {
    admitted.end('ignored')
    throw error
  }
}

function toResponse({ status, headers, body }: RefusalResponse): Response {
  return new Response(body, { status, headers })
}
