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
  /** For the queue only: the slot was freed, and the handler has not settled. */
  straggling = false
  #controller: AbortController | undefined
  #reason: { readonly value: unknown } | undefined

  constructor(attempt: number) {
    this.attempt = attempt
  }

  /** Aborts when the handler has run for `handlerTimeoutMs`, or when the caller of `run` gave up. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason.value)
    }
    return this.#controller.signal
  }

  /** For the queue only. */
  abort(reason: unknown): void {
    if (this.#reason) return
    this.#reason = { value: reason }
    this.#controller?.abort(reason)
  }
}
