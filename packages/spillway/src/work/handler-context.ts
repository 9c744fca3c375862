/**
 * What a handler is given beside the item.
 *
 * The signal is made when the handler first asks for it: an `AbortController`
 * costs about 2.5 µs, more than all the rest of a hand-over, and many
 * handlers never look.
 *
 * Floor 4: imports nothing.
 */

/** Beside the item: how often it was tried, and the signal that ends the work. */
export class HandlerContext {
  /** 1 for the first attempt. */
  readonly attempt: number
  /** Made when the handler asks; the reason alone when the work was called off before. */
  #state: AbortController | { readonly reason: unknown } | undefined = undefined

  constructor(attempt: number) {
    this.attempt = attempt
  }

  /** Aborts when the handler has run for `handlerTimeoutMs`, or when the caller of `run` gave up. */
  get signal(): AbortSignal {
    const state = this.#state
    if (state instanceof AbortController) return state.signal
    const controller = new AbortController()
    this.#state = controller
    if (state) controller.abort(state.reason)
    return controller.signal
  }

  /** For the queue only: the first reason counts. */
  abort(reason: unknown): void {
    if (this.#state instanceof AbortController) this.#state.abort(reason)
    else this.#state ??= { reason }
  }
}
