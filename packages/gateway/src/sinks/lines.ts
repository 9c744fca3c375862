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
const FEED: Uint8Array = Uint8Array.of(LINE_FEED)
const END: Uint8Array = Buffer.from('}\n')

/** Adds the events as lines to what is to be written. */
export function addLines(lines: Uint8Array[], events: readonly EnvelopedEvent[], form: LineForm): void {
  for (const event of events) {
    if (form === 'payload') lines.push(onOneLine(payloadOf(event)), FEED)
    else addEnvelope(lines, event)
  }
}

function payloadOf(event: EnvelopedEvent): Uint8Array {
  const { attributes } = event
  return attributes === undefined ? event.payload : structuredForm({ ...event, attributes })
}

function addEnvelope(lines: Uint8Array[], { payload, receivedAtMs, ...rest }: EnvelopedEvent): void {
  const { id, tenant, contentType, key, traceparent } = rest
  const attributes = rest.attributes && Object.fromEntries(unpackAttributes(rest.attributes))
  const receivedAt = new Date(receivedAtMs).toISOString()
  const known = JSON.stringify({ id, receivedAt, tenant, contentType, key, traceparent, attributes })
  const isJson = isJsonType(contentType)
  const name = isJson ? 'payload' : 'payloadBase64'
  const body = isJson ? onOneLine(payload) : Buffer.from(JSON.stringify(base64(payload)))
  lines.push(Buffer.from(`${known.slice(0, -1)},"${name}":`), body, END)
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

function onOneLine(payload: Uint8Array): Uint8Array {
  if (!payload.includes(LINE_FEED)) return payload
  return payload.map((byte) => (byte === LINE_FEED ? SPACE : byte))
}
