/**
 * From a body to its events, whatever form they were sent in.
 *
 * Pure; imports `payloads`, `media-type`, `cloud-events`.
 */
import { type BinaryCloudEvent, readBinaryHead } from './cloud-events/binary-mode.ts'
import { readStructuredHead } from './cloud-events/structured-mode.ts'
import { type BodyForm, isJsonType, isMediaType, isUtf8 } from './media-type.ts'
import { type Payloads, payloadOfValue, payloadsOfJson, payloadsOfNdjson } from './payloads.ts'

/** How the events of a request are sent: in a body of some form, or as a body whose attributes are headers. */
export type SentForm =
  | BodyForm
  | { readonly kind: 'binary'; readonly contentType: string; readonly event: BinaryCloudEvent }

/** The events of a body, or what is wrong with it. */
export type SentEvents =
  | {
      readonly kind: 'events'
      readonly payloads: readonly Uint8Array[]
      /** The media type of each. */
      readonly contentType: string
      /** The name of each, where events have names of their own. */
      readonly ids?: readonly string[]
      /** Of an event whose attributes were headers. */
      readonly attributes?: string
    }
  | (Payloads & { readonly kind: 'malformed' | 'too-many' })
  | { readonly kind: 'faulty'; readonly index: number; readonly problem: string }

/**
 * Reads a body. Payloads are exact slices of it.
 *
 * @param maxEvents - reading stops behind so many
 */
export function readEvents(form: SentForm, body: Uint8Array, maxEvents: number): SentEvents {
  const { contentType } = form
  if (form.kind === 'binary') return binaryEvent(form, body)
  const parsed = payloadsOf(form.kind, body, maxEvents)
  if (parsed.kind !== 'payloads') return parsed
  const { payloads } = parsed
  if (form.kind === 'json' || form.kind === 'ndjson') return { kind: 'events', payloads, contentType }
  return namedEvents(payloads, contentType)
}

function payloadsOf(kind: BodyForm['kind'], body: Uint8Array, maxEvents: number): Payloads {
  switch (kind) {
    case 'json':
      return payloadsOfJson(body, maxEvents)
    case 'ndjson':
      return payloadsOfNdjson(body, maxEvents)
    case 'cloudevent':
      return payloadsOfJson(body, maxEvents, 'object')
    case 'cloudevents':
      return payloadsOfJson(body, maxEvents, 'array')
  }
}

function namedEvents(payloads: readonly Uint8Array[], contentType: string): SentEvents {
  const ids: string[] = []
  for (const [index, payload] of payloads.entries()) {
    const head = readStructuredHead(payload)
    if (!head.isEvent) return { kind: 'faulty', index, problem: head.problem }
    ids.push(head.id)
  }
  return { kind: 'events', payloads, contentType, ids }
}

/** Data of a JSON type is checked to be JSON; any other is taken as it is. */
function binaryEvent(form: SentForm & { kind: 'binary' }, body: Uint8Array): SentEvents {
  const { contentType, event } = form
  const { id, attributes } = event
  if (!isJsonType(contentType)) {
    return { kind: 'events', payloads: [body], contentType, ids: [id], attributes }
  }
  const parsed = payloadOfValue(body)
  if (parsed.kind !== 'payloads') return parsed
  return { kind: 'events', payloads: parsed.payloads, contentType, ids: [id], attributes }
}

/** The headers of a request, as Node has them. */
export interface SentHead {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>> & {
    readonly 'content-type'?: string | undefined
  }
  readonly rawHeaders: readonly string[]
}

/** A form; or what is wrong with an event's attributes; or `undefined`: no media type that is taken. */
export type BinaryForm = (SentForm & { kind: 'binary' }) | { readonly problem: string } | undefined

/** How an event is sent whose attributes are headers. Without a `Content-Type` it has no data that could be read. */
export function binaryForm({ headers, rawHeaders }: SentHead): BinaryForm {
  const contentType = headers['content-type'] ?? ''
  if (contentType !== '' && !isMediaType(contentType)) return undefined
  if (isJsonType(contentType) && !isUtf8(contentType)) return undefined
  const head = readBinaryHead(rawHeaders)
  return head.isEvent ? { kind: 'binary', contentType, event: head } : { problem: head.problem }
}
