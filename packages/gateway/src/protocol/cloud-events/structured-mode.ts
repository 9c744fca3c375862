/**
 * CloudEvents in structured mode: an event is one JSON object, with its data
 * in it. The payload is that object as received.
 *
 * Source: JSON Event Format for CloudEvents 1.0.2.
 *
 * Pure; imports `attributes`, `binary-mode`, `json-members`, `media-type`, `envelope`.
 */
import type { EnvelopedEvent } from '../envelope.ts'
import { membersOf, textOf } from '../json-members.ts'
import { isJsonType } from '../media-type.ts'
import { type AttributeValue, attributesFault, cloudEventId } from './attributes.ts'
import { unpackAttributes } from './binary-mode.ts'

/** The media type of one event. */
export const STRUCTURED_TYPE = 'application/cloudevents+json'

/** An event's id, or what is wrong with its attributes. */
export type StructuredHead =
  | { readonly isEvent: true; readonly id: string }
  | { readonly isEvent: false; readonly problem: string }

const OPEN_ARRAY = 0x5b
const OPEN_OBJECT = 0x7b

/**
 * Reads the attributes of an event, not its data.
 *
 * @param payload - JSON that was found to be well-formed, without white space around it
 */
export function readStructuredHead(payload: Uint8Array): StructuredHead {
  const wrong = (problem: string): StructuredHead => ({ isEvent: false, problem })
  if (payload[0] !== OPEN_OBJECT) return wrong('a CloudEvent is an object')
  const seen = new Set<string>()
  const attributes = new Map<string, AttributeValue | null>()
  for (const { name, value } of membersOf(payload)) {
    const shown = JSON.stringify(name.slice(0, 40))
    if (seen.has(name)) return wrong(`the member ${shown} is there twice`)
    seen.add(name)
    if (name === 'data') continue
    const read = readScalar(value)
    if (read === undefined) return wrong(`the attribute ${shown} must be a text, a whole number or a boolean`)
    if (name === 'data_base64') {
      if (read !== null && !isBase64(read)) return wrong('the member "data_base64" must be a text in base64')
    } else {
      attributes.set(name, read)
    }
  }
  if (seen.has('data') && seen.has('data_base64'))
    return wrong('"data" and "data_base64" may not both be there')
  const problem = attributesFault(attributes)
  if (problem !== undefined) return wrong(problem)
  return { isEvent: true, id: cloudEventId(String(attributes.get('source')), String(attributes.get('id'))) }
}

/** `undefined` for an object, an array, and a number with a fraction or an exponent. */
function readScalar(value: Uint8Array): AttributeValue | null | undefined {
  const first = value[0]
  if (first === OPEN_OBJECT || first === OPEN_ARRAY) return undefined
  const text = textOf(value)
  const read: unknown = JSON.parse(text)
  if (typeof read === 'number') return /^-?\d+$/.test(text) ? read : undefined
  return typeof read === 'string' || typeof read === 'boolean' || read === null ? read : undefined
}

function isBase64(value: AttributeValue): boolean {
  return typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)
}

/**
 * An event that came in binary mode as one JSON object, for targets that have no headers. JSON data stays as it is;
 * any other is in base64, as the format has it.
 */
export function structuredForm(event: EnvelopedEvent & { readonly attributes: string }): Uint8Array {
  const { attributes, contentType, payload } = event
  const members = unpackAttributes(attributes).map(([name, value]) => member(name, value))
  if (contentType !== '') members.push(member('datacontenttype', contentType))
  if (payload.length === 0) return Buffer.from(`{${members.join(',')}}`)
  if (!isJsonType(contentType)) {
    members.push(member('data_base64', Buffer.from(payload).toString('base64')))
    return Buffer.from(`{${members.join(',')}}`)
  }
  return Buffer.concat([Buffer.from(`{${members.join(',')},"data":`), payload, Buffer.from('}')])
}

function member(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}
