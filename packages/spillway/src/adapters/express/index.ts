/**
 * Overload protection for Express: a middleware that admits each request, or
 * refuses it on its headers alone. Put it before the body parsers.
 *
 * Floor 7: imports `http`, `adapters/node`; of `express`, types alone.
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { GuardCore } from '../../http/guard-core.ts'
import type { GuardOptions } from '../../http/guard-options.ts'
import type { GuardStats } from '../../http/request-ledger.ts'
import type { Admission } from '../node/admission.ts'
import { answerRaw, Exchange, type Way } from '../node/exchange.ts'

export { continueWhenRead } from '../node/continue-when-read.ts'
export { sendRefusal } from '../node/guard.ts'
export type { Admission, GuardOptions, GuardStats }

/** A guarding middleware. What was admitted finds its budget and its signal in `response.locals.admission`. */
export interface GuardMiddleware extends RequestHandler {
  /** Counters and gauges, by value. */
  stats(): GuardStats
}

/**
 * Guards an Express application, or the routes behind it.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 *
 * @example
 * ```ts
 * app.use(guard({ gate: new ConcurrencyLimiter({ limit: aimd() }), timeoutMs: 50 }))
 * ```
 */
export function guard(options: GuardOptions<Request>): GuardMiddleware {
  const core = new GuardCore(options)
  const middleware = (request: Request, response: Response, next: NextFunction): void => {
    const outer: unknown = response.locals['admission']
    // Mounted twice on its way, a guard would take two places for one request.
    if (outer instanceof Exchange && outer.isOf(core)) next()
    else new Exchange(core, WAY, { request, response, target: response, next }).guard()
  }
  return Object.assign(middleware, { stats: () => core.stats() })
}

const WAY: Way<Request, Response> = {
  proceed(exchange) {
    const { locals } = exchange.target
    const outer: unknown = locals['admission']
    if (outer instanceof Exchange) exchange.within(outer)
    locals['admission'] = exchange
    exchange.next?.()
  },
  answer: answerRaw,
  fail: ({ next }, error) => next?.(error),
}
