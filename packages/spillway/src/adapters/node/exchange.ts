/**
 * One request and its response, between the guard and the listener.
 *
 * Floor 5: imports `http`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GuardCore, Verdict } from '../../http/guard-core.ts'
import { Admission, goneSignal } from './admission.ts'
import { sendResponse } from './refuse.ts'

/** Hands one request to the listener, or answers it. */
export class Exchange<Q extends IncomingMessage = IncomingMessage> {
  readonly #core: GuardCore<Q>
  readonly #request: Q
  readonly #response: ServerResponse
  readonly #asksFirst: boolean

  /** @param asksFirst - whether the client waits for `100 Continue` before it sends its body */
  constructor(core: GuardCore<Q>, request: Q, response: ServerResponse, asksFirst = false) {
    this.#core = core
    this.#request = request
    this.#response = response
    this.#asksFirst = asksFirst
  }

  /** Calls `listener` if and when the request is admitted. Never throws what the options of the guard throw: that is a 500. */
  guard(listener: (request: Q, response: ServerResponse, admission: Admission) => void): void {
    const settle = (verdict: Verdict): void => {
      const admission = this.#admission(verdict)
      if (admission) listener(this.#request, this.#response, admission)
    }
    const fail = (error: unknown): void => this.#fail(error)
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = this.#core.enter({
        request: this.#request,
        read: (name) => onlyValue(this.#request.headers[name]),
        gone: () => goneSignal(this.#response),
      })
    } catch (error) {
      fail(error)
      return
    }
    if (verdict instanceof Promise) verdict.then(settle, fail)
    else settle(verdict)
  }

  #admission(verdict: Verdict): Admission | undefined {
    if (verdict === 'gone') return undefined
    if (!verdict.admitted) {
      sendResponse(this.#request, this.#response, verdict.response)
      return undefined
    }
    if (this.#response.destroyed) {
      verdict.end('ignored')
      return undefined
    }
    const admission = new Admission(verdict, this.#response)
    if (this.#asksFirst) this.#response.writeContinue()
    return admission
  }

  #fail(error: unknown): void {
    this.#core.failed(error, this.#request)
    if (this.#response.destroyed) return
    const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
    const body = JSON.stringify({ type: 'about:blank', title: 'Internal Server Error', status: 500 })
    sendResponse(this.#request, this.#response, { status: 500, headers, body })
  }
}

/** A header's value, if it has one only. */
function onlyValue(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
