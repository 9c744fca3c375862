/**
 * One request and its response, between a guard and what it guards.
 *
 * It is the arrival at the gate, the admission that the handler gets and the
 * watch over the client in one object, so that a request that is answered at
 * once costs no other: `npm run bench -- guards`.
 *
 * Floor 6: imports `gate`, `http`.
 */
import type { ServerResponse } from 'node:http'
import type { Waiting } from '../../gate/callback-gate.ts'
import type { Outcome, Permit } from '../../gate/gate.ts'
import { outcomeOfAnswer } from '../../http/client-fault.ts'
import type { Arrival, GuardCore } from '../../http/guard-core.ts'
import type { RefusalResponse } from '../../http/refusal-response.ts'
import type { Admission } from './admission.ts'
import { sendResponse } from './refuse.ts'
import { comesBehindLast, isClosed, whenClosed } from './when-closed.ts'

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

/** How a framework hands requests on, and answers them. One for each guard. */
export interface Way<Q, T> {
  /** The request may start; the exchange is its admission. */
  proceed(exchange: Exchange<Q, T>): void
  /** Sends a refusal. */
  answer(exchange: Exchange<Q, T>, answer: RefusalResponse): void
  /** Answers a request that could not be judged. */
  fail(exchange: Exchange<Q, T>, error: Error): void
}

/** What each request of a framework brings. */
export interface Parties<Q, T> {
  readonly request: Q
  /** Node's response. */
  readonly response: ServerResponse
  /** Whom the framework answers by. */
  readonly target: T
  /** Hands the request on, or an error. */
  readonly next: ((error?: Error) => void) | undefined
}

/** Hands one request on, or answers it. */
export class Exchange<Q, T> implements Arrival<Q>, Admission {
  readonly request: Q
  readonly response: ServerResponse
  readonly target: T
  readonly next: ((error?: Error) => void) | undefined
  budgetMs: number | undefined = undefined
  readonly #core: GuardCore<Q>
  readonly #way: Way<Q, T>
  #permit: Permit | undefined = undefined
  #waiting: Waiting | undefined = undefined
  #goOn: ((step: () => void) => void) | undefined = undefined
  #controller: AbortController | undefined = undefined
  #isWatched = false
  #isOver = false

  constructor(core: GuardCore<Q>, way: Way<Q, T>, { request, response, target, next }: Parties<Q, T>) {
    this.request = request
    this.response = response
    this.target = target
    this.next = next
    this.#core = core
    this.#way = way
  }

  /** A header's value, if it has one only. */
  read(name: string): string | undefined {
    const value = this.response.req.headers[name]
    return typeof value === 'string' ? value : undefined
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (!this.#isOver && !isClosed(this.response)) this.#watch()
      else if (!wasSent(this.response)) this.#controller.abort(clientGone())
    }
    return this.#controller.signal
  }

  /** Hands the request on if and when it is admitted. What the options of the guard throw fails the request alone. */
  guard(): void {
    if (isClosed(this.response) || comesBehindLast(this.response)) {
      this.#core.left()
      return
    }
    this.#waiting = this.#core.enter(this)
    if (!this.#waiting) return
    this.#watch()
    // Who waited goes on in the asynchronous context in which it came, not in that of the one who made room.
    new Promise<() => void>((resolve) => {
      this.#goOn = resolve
    }).then((step) => step())
  }

  admitted(permit: Permit | undefined, budgetMs: number | undefined): void {
    this.#waiting = undefined
    this.#permit = permit
    this.budgetMs = budgetMs
    // A gate over a network may grant something to who has left meanwhile: nobody else would give that back.
    if (this.#isOver) {
      this.#end('ignored')
      return
    }
    if (permit) this.#watch()
    if (this.#goOn) this.#goOn(() => this.#isOver || this.#way.proceed(this))
    else this.#way.proceed(this)
  }

  refused(answer: RefusalResponse): void {
    this.#waiting = undefined
    if (this.#goOn) this.#goOn(() => this.#isOver || this.#way.answer(this, answer))
    else this.#way.answer(this, answer)
  }

  failed(error: unknown): void {
    const fail = (): void => {
      if (isClosed(this.response)) return
      this.#way.fail(this, error instanceof Error ? error : new Error(String(error)))
    }
    if (this.#goOn) this.#goOn(fail)
    else fail()
  }

  left(): void {}

  /** Whether this is the passage of a request through the guard of `core`. */
  isOf(core: GuardCore<Q>): boolean {
    return this.#core === core
  }

  /** Another guard has admitted the request before: the smaller budget holds. */
  within({ budgetMs }: Admission): void {
    if (budgetMs !== undefined) this.budgetMs = Math.min(budgetMs, this.budgetMs ?? budgetMs)
  }

  #watch(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    whenClosed(this.response, () => this.#closed())
  }

  #closed(): void {
    this.#isOver = true
    const isSent = wasSent(this.response)
    if (this.#permit) this.#end(isSent ? outcomeOfAnswer(this.response.statusCode, this.response) : 'ignored')
    // While it waits its guard has not answered it: when an answer is out all the same, somebody else gave it.
    else this.#waiting?.abandon(clientGone())
    if (!isSent) this.#controller?.abort(clientGone())
  }

  #end(outcome: Outcome): void {
    const permit = this.#permit
    this.#permit = undefined
    this.#core.ended(permit, outcome, this.request)
  }
}

type Answered = Pick<Exchange<unknown, unknown>, 'response'>

/** Sends a refusal past the framework, unless somebody else has begun to answer. */
export function answerRaw({ response }: Answered, answer: RefusalResponse): void {
  if (!response.headersSent) sendResponse(response.req, response, answer)
}

/** Answers a request that could not be judged, past the framework. */
export function failRaw(exchange: Answered): void {
  answerRaw(exchange, NOT_JUDGED)
}

/** Whether the whole answer went out. Node's responses of HTTP/2 call themselves finished also after a reset. */
function wasSent({ writableFinished, writableEnded, req }: ServerResponse): boolean {
  return req.httpVersionMajor >= 2 ? writableEnded : writableFinished
}

function clientGone(): DOMException {
  return new DOMException('the client has gone away', 'AbortError')
}
