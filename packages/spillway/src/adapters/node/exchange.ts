/**
 * One request and its response, between a guard and what it guards.
 *
 * It is the arrival that the gate is asked for, so that a request that is
 * answered at once costs one object and no closures: `npm run bench -- guards`.
 *
 * Floor 6: imports `http`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Arrival, GuardCore, Verdict } from '../../http/guard-core.ts'
import type { RefusalResponse } from '../../http/refusal-response.ts'
import { type Admission, ClientWatch } from './admission.ts'
import { sendResponse } from './refuse.ts'

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

/** Node's own objects behind a framework's. */
export interface RawExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Hands one request on, or answers it. Each framework says how in a class of its own. */
export abstract class Exchange<Q> implements Arrival<Q> {
  readonly request: Q
  /** Node's request. */
  protected readonly incoming: IncomingMessage
  /** Node's response. */
  protected readonly response: ServerResponse
  readonly #core: GuardCore<Q>
  /** Made early for a request that may have to wait. */
  #watch: ClientWatch | undefined

  constructor(core: GuardCore<Q>, request: Q, raw: RawExchange) {
    this.request = request
    this.incoming = raw.request
    this.response = raw.response
    this.#core = core
  }

  /** A header's value, if it has one only. */
  read(name: string): string | undefined {
    const value = this.incoming.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  gone(): AbortSignal {
    this.#watch = new ClientWatch(this.response)
    return this.#watch.signal
  }

  /** Hands the request on if and when it is admitted. What the options of the guard throw fails the request alone. */
  guard(): void {
    if (this.response.destroyed) {
      this.#core.left()
      return
    }
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = this.#core.enter(this)
    } catch (error) {
      this.#failed(error)
      return
    }
    if (verdict instanceof Promise) {
      verdict.then(
        (late) => this.#settle(late),
        (error: unknown) => this.#failed(error),
      )
    } else this.#settle(verdict)
  }

  /** The request may start. */
  protected abstract proceed(admission: Admission): void

  /** Sends a refusal. */
  protected answer(answer: RefusalResponse): void {
    sendResponse(this.incoming, this.response, answer)
  }

  /** Answers a request that could not be judged. */
  protected fail(_error: Error): void {
    this.answer(NOT_JUDGED)
  }

  #settle(verdict: Verdict): void {
    if (verdict === 'gone') return
    if (!verdict.admitted) {
      this.answer(verdict.response)
      return
    }
    const watch = this.#watch ?? new ClientWatch(this.response)
    watch.begin(verdict)
    this.proceed(watch)
  }

  #failed(error: unknown): void {
    this.#core.failed(error, this.request)
    if (!this.response.destroyed) this.fail(error instanceof Error ? error : new Error(String(error)))
  }
}
