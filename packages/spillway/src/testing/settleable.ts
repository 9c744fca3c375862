/**
 * Work for tests and simulators: handlers that end when they are told to, or
 * after a time on a clock, without a promise in between.
 *
 * Floor: testing. Imports `clock`.
 */
import type { Clock } from '../clock/clock.ts'

/** A thenable that settles synchronously, so that virtual time needs no turn of the event loop. */
export class Settleable<R> implements PromiseLike<R> {
  #onResult: ((result: R) => unknown) | null | undefined
  #onError: ((error: unknown) => unknown) | null | undefined
  #settle: (() => void) | undefined

  // biome-ignore lint/suspicious/noThenProperty: being a thenable is what it is for
  then<A = R, B = never>(
    onResult?: ((result: R) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.#onResult = onResult
    this.#onError = onError
    this.#settle?.()
    // The queue does not chain on what it is returned.
    return this as unknown as PromiseLike<A | B>
  }

  resolve(result: R): void {
    this.#settle = () => this.#onResult?.(result)
    if (this.#onResult) this.#settle()
  }

  reject(error: unknown): void {
    this.#settle = () => this.#onError?.(error)
    if (this.#onError) this.#settle()
  }
}

/** Work that takes `durationMs` on `clock`. */
export function workFor(clock: Clock, durationMs: number): PromiseLike<void> {
  const work = new Settleable<void>()
  clock.schedule(durationMs, () => work.resolve())
  return work
}
