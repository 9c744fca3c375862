/**
 * One request and its response, between a guard and what it guards.
 *
 * Floor 6: imports `http`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Arrival, GuardCore, Verdict } from '../../http/guard-core.ts'
import type { RefusalResponse } from '../../http/refusal-response.ts'
import { Admission, goneSignal } from './admission.ts'
import { sendResponse } from './refuse.ts'

/** What a framework does in its own way. */
export interface ExchangeEdge<Q> {
  /** The request as the framework has it, for the functions of the options. */
  readonly request: Q
  /** Sends a refusal. */
  readonly answer: (answer: RefusalResponse) => void
  /** Answers a request that could not be judged. */
  readonly fail: (error: Error) => void
  /** Whether the client waits for `100 Continue` before it sends its body. */
  readonly asksFirst?: boolean
}

/** The answer to a request that could not be judged. */
const NOT_JUDGED: RefusalResponse = {
  status: 500,
  headers: {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'content-length': '67',
  },
  body: '{"type":"about:blank","title":"Internal Server Error","status":500}',
}

/** Hands one request on, or answers it. It makes no closures where the gate answers at once: this is a hot path. */
export class Exchange<Q> implements Arrival<Q> {
  readonly #core: GuardCore<Q>
  readonly #raw: IncomingMessage
  readonly #response: ServerResponse
  readonly #edge: ExchangeEdge<Q>

  constructor(core: GuardCore<Q>, raw: IncomingMessage, response: ServerResponse, edge: ExchangeEdge<Q>) {
    this.#core = core
    this.#raw = raw
    this.#response = response
    this.#edge = edge
  }

  get request(): Q {
    return this.#edge.request
  }

  /** A header's value, if it has one only. */
  read(name: string): string | undefined {
    const value = this.#raw.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  gone(): AbortSignal {
    return goneSignal(this.#response)
  }

  /** Calls `next` if and when the request is admitted. What the options of the guard throw fails the request alone. */
  guard(next: (admission: Admission) => void): void {
    if (this.#response.destroyed) {
      this.#core.left()
      return
    }
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = this.#core.enter(this)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (verdict instanceof Promise) {
      verdict.then(
        (late) => this.#settle(late, next),
        (error: unknown) => this.#fail(error),
      )
    } else this.#settle(verdict, next)
  }

  #settle(verdict: Verdict, next: (admission: Admission) => void): void {
    if (verdict === 'gone') return
    if (!verdict.admitted) {
      this.#edge.answer(verdict.response)
      return
    }
    const admission = new Admission(verdict, this.#response)
    if (this.#edge.asksFirst) this.#response.writeContinue()
    next(admission)
  }

  #fail(error: unknown): void {
    this.#core.failed(error, this.#edge.request)
    if (!this.#response.destroyed) this.#edge.fail(error instanceof Error ? error : new Error(String(error)))
  }
}

/** The way of frameworks that are `node:http` and little more. */
export function plainEdge<Q extends IncomingMessage>(
  request: Q,
  response: ServerResponse,
  asksFirst = false,
): ExchangeEdge<Q> {
  return {
    request,
    asksFirst,
    answer: (answer) => sendResponse(request, response, answer),
    fail: () => sendResponse(request, response, NOT_JUDGED),
  }
}
