/**
 * Many events as one body.
 *
 * As CloudEvents each is an object with its id: an event that came as one, in
 * whichever mode, with the attributes that its sender gave it; any other with
 * `source` for its stream and tenant, within which its id is its own. Payloads
 * that are JSON are `data`, byte for byte; others `data_base64`.
 *
 * As lines they are their payloads alone, as in a file.
 *
 * Source: JSON Event Format for CloudEvents 1.0.2, 4; extension "Distributed Tracing".
 *
 * Pure; imports `lines`, `protocol`.
 */
import { STRUCTURED_TYPE, structuredForm } from '../protocol/cloud-events/structured-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { membersOf } from '../protocol/json-members.ts'
import { isJsonType } from '../protocol/media-type.ts'
import { Lines } from './lines.ts'

/** How events lie in a body. */
export interface BatchBody {
  readonly contentType: string
  /** @param events - at least one */
  bytesOf(events: readonly EnvelopedEvent[]): Buffer
}

/** The `type` of an event that has none of its own. */
const PLAIN_TYPE = 'spillway.event'
/** The extension that names a tenant. Of a sender's own making it would be a lie: it is the gateway's. */
const TENANT = 'spillwaytenant'
const TRACE = 'traceparent'

const OPEN = Buffer.from('[')
const NEXT = Buffer.from(',')
const CLOSE = Buffer.from(']')
const CLOSE_OBJECT = Buffer.from('}')

/** Payloads, one a line. */
export const ndjsonBody: BatchBody = {
  contentType: 'application/x-ndjson',
  bytesOf(events) {
    const lines = new Lines('payload')
    lines.add(events)
    return lines.toBuffer()
  },
}

/** CloudEvents in batch mode, of one stream. */
export function cloudEventsBatch(streamName: string): BatchBody {
  return {
    contentType: 'application/cloudevents-batch+json',
    bytesOf(events) {
      const pieces: Uint8Array[] = []
      for (const event of events)
        pieces.push(pieces.length === 0 ? OPEN : NEXT, ...objectOf(event, streamName))
      return Buffer.concat([...pieces, CLOSE])
    },
  }
}

/** An event as an object, in pieces. */
function objectOf(event: EnvelopedEvent, streamName: string): readonly Uint8Array[] {
  const { attributes, contentType, payload } = event
  if (attributes !== undefined) return marked(structuredForm({ ...event, attributes }), event)
  return contentType === STRUCTURED_TYPE ? marked(payload, event) : plainObject(event, streamName)
}

/** An event that came without attributes. Written by hand: to gather an object first took three times as long. */
function plainObject(event: EnvelopedEvent, streamName: string): readonly Uint8Array[] {
  const { id, tenant, receivedAtMs, contentType, traceparent, payload } = event
  const source = `${tenant === '' ? '' : `/tenants/${tenant}`}/streams/${streamName}`
  const isJson = isJsonType(contentType)
  const head = Buffer.from(
    `{"specversion":"1.0","id":${JSON.stringify(id)},"source":${JSON.stringify(source)},"type":"${PLAIN_TYPE}"` +
      `,"time":"${new Date(receivedAtMs).toISOString()}"${member('datacontenttype', contentType)}` +
      `${member(TENANT, tenant)}${member(TRACE, traceparent)},"${isJson ? 'data' : 'data_base64'}":`,
  )
  return [head, isJson ? payload : Buffer.from(`"${base64(payload)}"`), CLOSE_OBJECT]
}

/** One that is not the first; nothing when it is empty. */
function member(name: string, value = ''): string {
  return value === '' ? '' : `,"${name}":${JSON.stringify(value)}`
}

/** A CloudEvent of its sender, with what the gateway knows of it. */
function marked(object: Uint8Array, event: EnvelopedEvent): readonly Uint8Array[] {
  const members = [...membersOf(object)]
  const hasTrace = members.some(({ name }) => name === TRACE)
  const marks = `${member(TENANT, event.tenant)}${hasTrace ? '' : member(TRACE, event.traceparent)}`.slice(1)
  const own = members.filter(({ name }) => name !== TENANT)
  if (own.length === members.length) {
    // Byte for byte: whoever has signed the data will find it as it was.
    return marks === '' ? [object] : [Buffer.from(`{${marks},`), object.subarray(1)]
  }
  const first = Buffer.from(marks === '' ? '{' : `{${marks},`)
  const rest = own.flatMap(({ name, value }, index) => {
    return [Buffer.from(`${index === 0 ? '' : ','}${JSON.stringify(name)}:`), value]
  })
  return [first, ...rest, CLOSE_OBJECT]
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
