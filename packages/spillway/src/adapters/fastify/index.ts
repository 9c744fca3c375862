/**
 * Overload protection for Fastify: a plugin that admits each request, or
 * refuses it on its headers alone, before any body is read.
 *
 * Floor 7: imports `http`, `adapters/node`; of `fastify`, types alone.
 */
import { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { isOverloadError } from '../../errors/overload-error.ts'
import { rememberFault } from '../../http/client-fault.ts'
import { GuardCore } from '../../http/guard-core.ts'
import type { GuardOptions } from '../../http/guard-options.ts'
import {
  type RefusalResponse,
  type RefusalResponseOptions,
  responderOf,
} from '../../http/refusal-response.ts'
import type { GuardStats } from '../../http/request-ledger.ts'
import type { Admission } from '../node/admission.ts'
import { continueWhenRead } from '../node/continue-when-read.ts'
import { Exchange, type Way } from '../node/exchange.ts'
import { keepsConnection, sendResponse } from '../node/refuse.ts'

export type { Admission, GuardOptions, GuardStats }

/** A guarding plugin. */
export interface GuardPlugin extends FastifyPluginCallback {
  /** Counters and gauges, by value. */
  stats(): GuardStats
}

/** Where a request carries its admission: a property declared to Fastify keeps requests of one shape, and costs least. */
const ADMISSION: unique symbol = Symbol('spillway.admission')

/** A request as the guard leaves it. */
interface Guarded extends FastifyRequest {
  [ADMISSION]?: Exchange<FastifyRequest, FastifyReply> | null
}

/**
 * Guards the Fastify instance that registers it, routes and plugins beside it included.
 *
 * @throws OptionError when an option is unknown, missing or out of its range
 *
 * @example
 * ```ts
 * await app.register(guard({ gate: new ConcurrencyLimiter({ limit: aimd() }), timeoutMs: 50 }))
 * ```
 */
export function guard(options: GuardOptions<FastifyRequest>): GuardPlugin {
  const core = new GuardCore(options)
  const plugin: FastifyPluginCallback = (app, _, done) => {
    if (!app.hasRequestDecorator(ADMISSION)) app.decorateRequest(ADMISSION, null)
    // One guard is enough, and whoever answers by himself knows better.
    const server: unknown = app.server
    const isOfHttp1 = server instanceof Server || server instanceof TlsServer
    if (isOfHttp1 && server.listenerCount('checkContinue') === 0) continueWhenRead(server)
    app.addHook('onRequest', (request: Guarded, reply, next) => {
      // Registered twice on its way, a guard would take two places for one request.
      if (request[ADMISSION]?.isOf(core)) next()
      else new Exchange(core, WAY, { request, response: reply.raw, target: reply, next }).guard()
    })
    done()
  }
  return Object.assign(plugin, {
    stats: () => core.stats(),
    // Fastify's own marks: the hook belongs to the instance that registers the plugin, not to a child of it.
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'spillway-guard',
  })
}

const WAY: Way<FastifyRequest, FastifyReply> = {
  proceed(exchange) {
    const guarded: Guarded = exchange.request
    const outer = guarded[ADMISSION]
    if (outer) exchange.within(outer)
    guarded[ADMISSION] = exchange
    exchange.next?.()
  },
  answer: ({ target }, answer) => sendReply(target, answer),
  fail: ({ next }, error) => next?.(error),
}

/** The budget and the signal of an admitted request; `undefined` for one that no guard saw. */
export function admissionOf(request: FastifyRequest): Admission | undefined {
  const guarded: Guarded = request
  return guarded[ADMISSION] ?? undefined
}

/**
 * Answers a request whose handler met a refusal by itself, as when it enqueues: 429, 503 or 413 with `Retry-After`
 * and a problem document. Any other error is left to the caller.
 *
 * @returns whether `error` was a refusal and has been answered
 */
export function sendRefusal(reply: FastifyReply, error: unknown, options?: RefusalResponseOptions): boolean {
  if (!isOverloadError(error)) return false
  sendReply(reply, responderOf(options).respond(error))
  return true
}

/**
 * Through Fastify where the connection is kept; past it where it has to be closed with care. As bytes, because Fastify
 * adds a character set to JSON that is text.
 */
function sendReply(reply: FastifyReply, answer: RefusalResponse): void {
  // Somebody else has begun to answer.
  if (reply.sent || reply.raw.headersSent) return
  // What no guard has admitted trains no limit, and a flood of refusals would pay for being remembered.
  if (admissionOf(reply.request)) rememberFault(answer.status, reply.raw)
  if (keepsConnection(reply.request.raw)) {
    reply.code(answer.status).headers(answer.headers).send(bytesOf(answer))
    return
  }
  reply.hijack()
  const headers = { ...headersSoFar(reply), ...answer.headers }
  sendResponse(reply.request.raw, reply.raw, { ...answer, headers })
}

/** Answers that many get, as bytes: `npm run bench -- guards`. */
const bytes = new WeakMap<RefusalResponse, Buffer>()

function bytesOf(answer: RefusalResponse): Buffer {
  const known = bytes.get(answer)
  if (known) return known
  const made = Buffer.from(answer.body)
  bytes.set(answer, made)
  return made
}

/** What earlier hooks have set, as for another origin's scripts. */
function headersSoFar(reply: FastifyReply): Record<string, string> {
  const entries = Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
