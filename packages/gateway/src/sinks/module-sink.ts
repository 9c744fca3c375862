/**
 * Delivers to a function of the user's own.
 *
 * It is given an event, or with batches an array of events, and the number of
 * the attempt. What it resolves with is not looked at; when it throws, a later
 * attempt may succeed, unless the error has `retryable: false`: then an array
 * is given again in halves. An error's `retryAfterMs` is honoured.
 *
 * Imports `sink`, `protocol`.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type Attempt, asError, DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

type Deliver = (given: EnvelopedEvent | readonly EnvelopedEvent[], attempt: Attempt) => unknown

/** A function as a sink. */
export class ModuleSink implements Sink {
  readonly #deliver: Deliver
  readonly #isBatch: boolean
  readonly #running = new Set<Promise<unknown>>()

  private constructor(deliver: Deliver, isBatch: boolean) {
    this.#deliver = deliver
    this.#isBatch = isBatch
  }

  /**
   * Loads the module.
   *
   * @throws Error when it can't be loaded, or does not export a function of this name
   */
  static async open(path: string, exportName: string, isBatch: boolean): Promise<ModuleSink> {
    const loaded: Readonly<Record<string, unknown>> = await import(pathToFileURL(resolve(path)).href)
    const deliver = loaded[exportName]
    if (typeof deliver !== 'function') {
      throw new Error(
        `it exports no function "${exportName}", but ${Object.keys(loaded).join(', ') || 'nothing'}`,
      )
    }
    // A function was found under that name; what it takes is documented.
    return new ModuleSink(deliver as Deliver, isBatch)
  }

  async deliver(events: readonly EnvelopedEvent[], attempt: Attempt): Promise<DeliveryOutcome> {
    const running = this.#run(events, attempt)
    this.#running.add(running)
    try {
      await running
      return DELIVERED
    } catch (thrown) {
      return failureOf(asError(thrown))
    } finally {
      this.#running.delete(running)
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  async #run(events: readonly EnvelopedEvent[], attempt: Attempt): Promise<void> {
    if (this.#isBatch) await this.#deliver(events, attempt)
    else for (const event of events) await this.#deliver(event, attempt)
  }
}

function failureOf(cause: Error): DeliveryOutcome {
  if (Reflect.get(cause, 'retryable') === false) return { kind: 'never', cause }
  const retryAfterMs: unknown = Reflect.get(cause, 'retryAfterMs')
  const isTime = typeof retryAfterMs === 'number' && retryAfterMs >= 0
  return { kind: 'again', cause, retryAfterMs: isTime ? retryAfterMs : undefined }
}
