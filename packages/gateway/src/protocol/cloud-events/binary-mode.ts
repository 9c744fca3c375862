/**
 * CloudEvents in binary mode: the attributes are headers, the body is the data
 * alone.
 *
 * The envelope keeps the attributes as lines of `name:value`; no value holds a
 * line feed. Sinks send them on as headers again.
 *
 * Source: HTTP Protocol Binding for CloudEvents 1.0.2, 3.1.
 *
 * Pure; imports `attributes`.
 */
import { attributesFault, cloudEventId } from './attributes.ts'

/** What the headers say of an event. */
export interface BinaryCloudEvent {
  readonly id: string
  /** For the envelope. */
  readonly attributes: string
}

/** An event's attributes, or what is wrong with them. */
export type BinaryHead =
  | ({ readonly isEvent: true } & BinaryCloudEvent)
  | { readonly isEvent: false; readonly problem: string }

const PREFIX = 'ce-'
const ENCODED = 'percent-encode what is not visible ASCII, and % and "'

/** Whether a request is meant as an event in binary mode: it has one of the headers that each such event has. */
export function isBinaryMode(headers: Readonly<Record<string, unknown>>): boolean {
  return (
    headers['ce-specversion'] !== undefined ||
    headers['ce-id'] !== undefined ||
    headers['ce-type'] !== undefined ||
    headers['ce-source'] !== undefined
  )
}

/**
 * Reads the attributes.
 *
 * @param rawHeaders - names and values in turn, as received, so that a repeated one is noticed
 */
export function readBinaryHead(rawHeaders: readonly string[]): BinaryHead {
  const attributes = new Map<string, string>()
  const wrong = (problem: string): BinaryHead => ({ isEvent: false, problem })
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i]!.toLowerCase()
    if (!header.startsWith(PREFIX)) continue
    const name = header.slice(PREFIX.length)
    if (attributes.has(name)) return wrong(`the header ${header} is there twice`)
    if (name === 'datacontenttype') {
      return wrong(`the header ${header} may not be: in binary mode Content-Type says that`)
    }
    const value = decodeValue(rawHeaders[i + 1]!)
    if (value === undefined) return wrong(`the header ${header} is no encoded text; ${ENCODED}`)
    attributes.set(name, value)
  }
  const problem = attributesFault(attributes)
  if (problem !== undefined) return wrong(`${problem}; in binary mode attributes are headers as ce-id`)
  const id = cloudEventId(attributes.get('source')!, attributes.get('id')!)
  return { isEvent: true, id, attributes: packAttributes(attributes) }
}

/** The attributes as an envelope keeps them. */
export function packAttributes(attributes: Iterable<readonly [name: string, value: string]>): string {
  return Array.from(attributes, ([name, value]) => `${name}:${value}\n`).join('')
}

/** The attributes of an envelope, in the order in which they came. */
export function unpackAttributes(packed: string): readonly (readonly [name: string, value: string])[] {
  return packed
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)] as const
    })
}

/** The attributes of an envelope as headers, to be sent on. */
export function binaryHeaders(packed: string): Record<string, string> {
  return Object.fromEntries(
    unpackAttributes(packed).map(([name, value]) => [PREFIX + name, encodeValue(value)]),
  )
}

/** A header's value as text; `undefined` when it is not encoded as it must be. */
function decodeValue(field: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(field)) return undefined
  const isQuoted = /^"(?:[^"\\]|\\.)*"$/.test(field)
  if (!isQuoted && field.includes('"')) return undefined
  const unquoted = isQuoted ? field.slice(1, -1).replaceAll(/\\(.)/g, '$1') : field
  try {
    return decodeURIComponent(unquoted)
  } catch {
    return undefined
  }
}

function encodeValue(value: string): string {
  // encodeURIComponent encodes one character, so a pair of surrogates is matched as one.
  return value.replaceAll(/[^\x21-\x7e]|["%]/gu, (character) => encodeURIComponent(character))
}
