/**
 * Overload protection for a `node:http` server: each request is admitted, or
 * refused on its headers alone.
 *
 * Floor 6: imports `errors`, `http`.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { isOverloadError } from '../../errors/overload-error.ts'
import { GuardCore } from '../../http/guard-core.ts'
import type { GuardOptions } from '../../http/guard-options.ts'
import { type RefusalResponseOptions, responderOf } from '../../http/refusal-response.ts'
import type { GuardStats } from '../../http/request-ledger.ts'
import type { Admission } from './admission.ts'
import { answerRaw, Exchange, failRaw, type Way } from './exchange.ts'
import { sendResponse } from './refuse.ts'

/** Answers an admitted request. */
export type GuardedListener = (
  request: IncomingMessage,
  response: ServerResponse,
  admission: Admission,
) => void

/** A request listener that refuses by itself. */
export interface GuardedHandler extends RequestListener {
  /** The same for `server.on('checkContinue', …)`: a client that asks before it sends its body is refused before it does. */
  readonly checkContinue: RequestListener
}

/** Guards request listeners with one gate. */
export interface HttpGuard {
  /** Makes a listener for `createServer` from one for admitted requests. */
  (listener: GuardedListener): GuardedHandler
  /** Counters and gauges, by value. */
  stats(): GuardStats
}

/**
 * Guards a `node:http` server.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 *
 * @example
 * ```ts
 * const guarded = guard({ gate: new ConcurrencyLimiter({ limit: aimd() }), timeoutMs: 50 })
 * createServer(guarded((request, response) => response.end('hello'))).listen(8080)
 * ```
 */
export function guard(options: GuardOptions<IncomingMessage>): HttpGuard {
  const core = new GuardCore(options)
  const make = (listener: GuardedListener): GuardedHandler => {
    return Object.assign(listenerOf(core, listener), {
      checkContinue: listenerOf(core, (request, response, admission) => {
        response.writeContinue()
        listener(request, response, admission)
      }),
    })
  }
  return Object.assign(make, { stats: () => core.stats() })
}

function listenerOf(core: GuardCore<IncomingMessage>, listener: GuardedListener): RequestListener {
  const way: Way<IncomingMessage, undefined> = {
    proceed: (exchange) => listener(exchange.request, exchange.response, exchange),
    answer: answerRaw,
    fail: failRaw,
  }
  return (request, response) =>
    new Exchange(core, way, { request, response, target: undefined, next: undefined }).guard()
}

/**
 * Answers a request whose handler met a refusal by itself, as when it enqueues: 429, 503 or 413 with `Retry-After`
 * and a problem document. Any other error is left to the caller.
 *
 * @returns whether `error` was a refusal and has been answered
 *
 * @example
 * ```ts
 * try {
 *   await processor.enqueue(event, { timeoutMs: 100 })
 *   response.writeHead(202).end()
 * } catch (error) {
 *   if (!sendRefusal(response, error)) throw error
 * }
 * ```
 */
export function sendRefusal(
  response: ServerResponse,
  error: unknown,
  options?: RefusalResponseOptions,
): boolean {
  if (!isOverloadError(error)) return false
  if (!response.headersSent && !response.destroyed) {
    sendResponse(response.req, response, responderOf(options).respond(error))
  }
  return true
}
