/**
 * What an admitted request carries: its time budget, and a signal that aborts
 * when its client goes away.
 *
 * Floor 6: imports `http`.
 */
import type { ServerResponse } from 'node:http'
import type { Admitted } from '../../http/guard-core.ts'
import { outcomeOfStatus } from '../../http/status-outcome.ts'

/** An admitted request. */
export class Admission {
  /** The request's time budget in milliseconds from its arrival; `undefined` without one. */
  readonly budgetMs: number | undefined
  #controller: AbortController | undefined
  #gone = false

  /** For guards only: watches `response`, and ends the permit when it has been sent or its client has gone. */
  constructor(admitted: Admitted, response: ServerResponse) {
    this.budgetMs = admitted.budgetMs
    response.on('close', () => {
      if (wasSent(response)) {
        admitted.end(outcomeOfStatus(response.statusCode))
        return
      }
      admitted.end('ignored')
      this.#gone = true
      this.#controller?.abort(clientGone())
    })
  }

  /** Aborts when the client goes away before it has its answer. Hand it to what the handler waits for. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#gone) this.#controller.abort(clientGone())
    }
    return this.#controller.signal
  }
}

/** Whether the whole answer went out. Node's responses of HTTP/2 know only that it was ended. */
function wasSent({ writableFinished, writableEnded, req }: ServerResponse): boolean {
  return writableFinished || (req.httpVersionMajor >= 2 && writableEnded)
}

/** A signal for a request that waits: aborts when its client goes away. */
export function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.on('close', () => {
    if (!wasSent(response)) controller.abort(clientGone())
  })
  return controller.signal
}

function clientGone(): DOMException {
  return new DOMException('the client has gone away', 'AbortError')
}
