/**
 * One event, one line: its payload, or its whole envelope. A CloudEvent that
 * came with its attributes as headers is written as one JSON object.
 *
 * A JSON payload can hold line feeds between its tokens only, where any white
 * space means the same; each is written as a space, so that a line is always a
 * whole event. All other bytes stay as they were received.
 *
 * Pure; imports `protocol`.
 */
import { unpackAttributes } from '../protocol/cloud-events/binary-mode.ts'
import { structuredForm } from '../protocol/cloud-events/structured-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { isJsonType } from '../protocol/media-type.ts'

/** What is written of an event: its `payload` alone, or the `envelope` with the payload in it. */
export type LineForm = 'payload' | 'envelope'

const LINE_FEED = 0x0a
const SPACE = 0x20

/** Events to be written together, as lines. */
export class Lines {
  readonly #form: LineForm
  readonly #lines: Uint8Array[] = []
  #bytes = 0

  constructor(form: LineForm) {
    this.#form = form
  }

  add(events: readonly EnvelopedEvent[]): void {
    for (const event of events) {
      const line = this.#form === 'payload' ? payloadOf(event) : envelopeOf(event)
      this.#lines.push(line)
      this.#bytes += line.length + 1
    }
  }

  /** All of them, each with a line feed behind it; one before them too, when `isTorn` says that a line was begun. */
  toBuffer(isTorn = false): Buffer {
    const bytes = Buffer.allocUnsafe(this.#bytes + (isTorn ? 1 : 0))
    let at = isTorn ? 1 : 0
    for (const line of this.#lines) {
      bytes.set(line, at)
      at += line.length
      bytes[at++] = SPACE
    }
    // Looked for in all of them at once: a look into each would cost as much as its copy.
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, feed + 1)) {
      bytes[feed] = SPACE
    }
    this.#endLines(bytes, isTorn)
    return bytes
  }

  #endLines(bytes: Buffer, isTorn: boolean): void {
    let at = 0
    if (isTorn) bytes[at++] = LINE_FEED
    for (const line of this.#lines) {
      at += line.length
      bytes[at++] = LINE_FEED
    }
  }
}

function payloadOf(event: EnvelopedEvent): Uint8Array {
  const { attributes } = event
  return attributes === undefined ? event.payload : structuredForm({ ...event, attributes })
}

function envelopeOf({ payload, receivedAtMs, ...rest }: EnvelopedEvent): Uint8Array {
  const { id, tenant, contentType, key, traceparent } = rest
  const attributes = rest.attributes && Object.fromEntries(unpackAttributes(rest.attributes))
  const receivedAt = new Date(receivedAtMs).toISOString()
  const known = JSON.stringify({ id, receivedAt, tenant, contentType, key, traceparent, attributes })
  const isJson = isJsonType(contentType)
  const name = isJson ? 'payload' : 'payloadBase64'
  const body = isJson ? payload : Buffer.from(JSON.stringify(base64(payload)))
  return Buffer.concat([Buffer.from(`${known.slice(0, -1)},"${name}":`), body, Buffer.from('}')])
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
