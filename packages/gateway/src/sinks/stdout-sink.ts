/**
 * Writes events to standard output, one a line. An event is delivered when
 * the operating system has taken its line.
 *
 * Imports `sink`, `lines`.
 */
import type { Writable } from 'node:stream'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type LineForm, Lines } from './lines.ts'
import { DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

/** Lines on a stream that this sink does not own: closing the sink leaves it open. */
export class StdoutSink implements Sink {
  readonly takesMany = true
  readonly #output: Writable
  readonly #form: LineForm
  #last: Promise<unknown> = Promise.resolve()

  /** @param output - `process.stdout`, or what stands for it */
  constructor(output: Writable, form: LineForm = 'payload') {
    this.#output = output
    this.#form = form
    // Each write tells its own callback; without a listener the same error would end the process.
    output.on('error', ignore)
  }

  deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    const lines = new Lines(this.#form)
    lines.add(events)
    const outcome = new Promise<DeliveryOutcome>((resolve) => {
      this.#output.write(lines.toBuffer(), (cause) => {
        resolve(cause ? { kind: 'again', cause } : DELIVERED)
      })
    })
    this.#last = outcome
    return outcome
  }

  async close(): Promise<void> {
    await this.#last
    this.#output.off('error', ignore)
  }
}

function ignore(): void {}
