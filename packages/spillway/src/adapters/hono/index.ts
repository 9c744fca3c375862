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
import type { Waiting } from '../../gate/callback-gate.ts'
import type { Permit } from '../../gate/gate.ts'
import { outcomeOfAnswer, rememberFault } from '../../http/client-fault.ts'
import { type Arrival, GuardCore } from '../../http/guard-core.ts'
import type { GuardOptions } from '../../http/guard-options.ts'
import {
  type RefusalResponse,
  type RefusalResponseOptions,
  responderOf,
} from '../../http/refusal-response.ts'
import type { GuardStats } from '../../http/request-ledger.ts'

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
  const seen = new WeakSet<Context>()
  const middleware: MiddlewareHandler = async (c, next) => {
    // Mounted twice on its way, a guard would take two places for one request.
    if (seen.has(c)) return next()
    seen.add(c)
    const passage = new Passage(core, c, c.req.raw)
    const wait = passage.enter()
    if (wait) await wait
    const { refusal } = passage
    if (refusal) return refusal
    c.set('budgetMs', smaller(c.get('budgetMs'), passage.budgetMs))
    try {
      await next()
      passage.ended(c.res)
    } catch (error) {
      passage.ended(undefined)
      throw error
    }
    return undefined
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
    const passage = new Passage(core, request, request)
    const wait = passage.enter()
    if (wait) await wait
    const { refusal } = passage
    if (refusal) return refusal
    try {
      const response = await handler(request, passage)
      passage.ended(response)
      return response
    } catch (error) {
      passage.ended(undefined)
      throw error
    }
  }
  return Object.assign(make, { stats: () => core.stats() })
}

/**
 * The answer for a handler that met a refusal by itself, as when it enqueues: 429, 503 or 413 with `Retry-After` and a
 * problem document; `undefined` for any other error.
 */
export function refusalResponse(error: unknown, options?: RefusalResponseOptions): Response | undefined {
  if (!isOverloadError(error)) return undefined
  const response = toResponse(responderOf(options).respond(error))
  rememberFault(response.status, response)
  return response
}

/** One request on its way through the guard, and the admission of one that may start. */
class Passage<Q> implements Arrival<Q>, FetchAdmission {
  readonly request: Q
  budgetMs: number | undefined = undefined
  readonly #core: GuardCore<Q>
  readonly #raw: Request
  #permit: Permit | undefined = undefined
  #refusal: Response | undefined = undefined
  #fault: { readonly error: unknown } | undefined = undefined
  #goOn: (() => void) | undefined = undefined

  constructor(core: GuardCore<Q>, request: Q, raw: Request) {
    this.#core = core
    this.request = request
    this.#raw = raw
  }

  /** Asks for leave to start. A promise is made only for one that has to wait. */
  enter(): Promise<void> | undefined {
    const waiting = this.#core.enter(this)
    return waiting && this.#wait(waiting)
  }

  /** The answer to a request that may not start. @throws what made it impossible to judge it */
  get refusal(): Response | undefined {
    if (this.#fault) throw this.#fault.error
    return this.#refusal
  }

  /** Servers make it when it is first read. */
  get signal(): AbortSignal {
    return this.#raw.signal
  }

  read(name: string): string | undefined {
    return this.#raw.headers.get(name) ?? undefined
  }

  /** It has been answered with `response`; without one its handler has failed. */
  ended(response: Response | undefined): void {
    const permit = this.#permit
    if (!permit) return
    this.#permit = undefined
    const isHeard = response !== undefined && !this.signal.aborted
    const outcome = isHeard ? outcomeOfAnswer(response.status, response, this.#raw) : 'ignored'
    this.#core.ended(permit, outcome, this.request)
  }

  admitted(permit: Permit | undefined, budgetMs: number | undefined): void {
    this.#permit = permit
    this.budgetMs = budgetMs
    this.#goOn?.()
  }

  refused(answer: RefusalResponse): void {
    this.#refusal = toResponse(answer)
    rememberFault(answer.status, this.#raw)
    this.#goOn?.()
  }

  failed(error: unknown): void {
    this.#fault = { error }
    this.#goOn?.()
  }

  left(): void {
    this.#refusal = new Response(null, { status: CLIENT_GONE })
    this.#goOn?.()
  }

  async #wait(waiting: Waiting): Promise<void> {
    const { signal } = this
    const leave = (): void => waiting.abandon(signal.reason)
    signal.addEventListener('abort', leave)
    try {
      await new Promise<void>((resolve) => {
        this.#goOn = resolve
        if (signal.aborted) leave()
      })
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
}

/** Of two guards on the way of one request the smaller budget holds. */
function smaller(outerMs: number | undefined, innerMs: number | undefined): number | undefined {
  if (outerMs === undefined || innerMs === undefined) return outerMs ?? innerMs
  return Math.min(outerMs, innerMs)
}

function toResponse({ status, headers, body }: RefusalResponse): Response {
  return new Response(body, { status, headers })
}
