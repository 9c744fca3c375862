/**
 * What an admitted request carries: its time budget, and a signal that aborts
 * when its client goes away.
 *
 * Floor 6: imports `http`.
 */
import type { ServerResponse } from 'node:http'
import type { Admitted } from '../../http/guard-core.ts'
import { outcomeOfStatus } from '../../http/status-outcome.ts'

/** What an admitted request carries. */
export interface Admission {
  /** The request's time budget in milliseconds from its arrival; `undefined` without one. */
  readonly budgetMs: number | undefined
  /** Aborts when the client goes away before it has its answer. Hand it to what the handler waits for. */
  readonly signal: AbortSignal
}

/** Watches one response for its client: with one listener for its wait and its work. */
export class ClientWatch implements Admission {
  #admitted: Admitted | undefined
  #controller: AbortController | undefined
  #gone = false

  constructor(response: ServerResponse) {
    response.on('close', () => this.#closed(response))
  }

  get budgetMs(): number | undefined {
    return this.#admitted?.budgetMs
  }

  /** Made when it is asked for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#gone) this.#controller.abort(clientGone())
    }
    return this.#controller.signal
  }

  /** The request may start. Its permit ends when the answer has been sent or the client has gone. */
  begin(admitted: Admitted): void {
    this.#admitted = admitted
  }

  #closed(response: ServerResponse): void {
    if (wasSent(response)) {
      this.#admitted?.end(outcomeOfStatus(response.statusCode))
      return
    }
    this.#gone = true
    this.#admitted?.end('ignored')
    this.#controller?.abort(clientGone())
  }
}

/** Whether the whole answer went out. Node's responses of HTTP/2 know only that it was ended. */
function wasSent({ writableFinished, writableEnded, req }: ServerResponse): boolean {
  return writableFinished || (req.httpVersionMajor >= 2 && writableEnded)
}

function clientGone(): DOMException {
  return new DOMException('the client has gone away', 'AbortError')
}
