/**
 * From a body to the payloads of its events: each is the exact slice of the
 * bytes that were received.
 *
 * Nothing is copied and no JSON value is built, unless the body is mostly white
 * space: a slice keeps the whole body alive. Events of one body leave a queue
 * together, so that costs little.
 *
 * Pure; imports `json-scanner`, `let-go`, `text-position`.
 */
import { type JsonFault, JsonScanner } from './json-scanner.ts'
import { lettingGo } from './let-go.ts'
import { type TextPosition, textPosition } from './text-position.ts'

/** What came out of a body: payloads, or what is wrong with it. */
export type Payloads =
  | { readonly kind: 'payloads'; readonly payloads: readonly Uint8Array[] }
  | { readonly kind: 'malformed'; readonly problem: string; readonly position: TextPosition }
  | { readonly kind: 'too-many' }

const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const COMMA = 0x2c
const NEWLINE = 0x0a

/** What a JSON body may be, and what is expected where it is something else. */
const SHAPES = {
  either: 'expected an object (one event) or an array of events',
  object: 'expected an object (one event)',
  array: 'expected an array of events',
} as const

/**
 * The events of an `application/json` body: an object is one, an array has one in each element.
 * White space around a payload is not part of it.
 *
 * @param maxEvents - reading stops behind so many
 * @param shape - which of the two the body may be
 */
export function payloadsOfJson(
  body: Uint8Array,
  maxEvents: number,
  shape: keyof typeof SHAPES = 'either',
): Payloads {
  const scanner = new JsonScanner(body)
  const from = scanner.skipSpace(0)
  if (body[from] === OPEN_ARRAY && shape !== 'object') return elementsOf(body, scanner, maxEvents)
  if (body[from] !== OPEN_OBJECT || shape === 'array') {
    scanner.fail(from, SHAPES[shape])
    return malformed(body, scanner.fault!)
  }
  return valueAt(body, scanner, from)
}

/** A body that is one JSON value of any kind: the payload of one event, without the white space around it. */
export function payloadOfValue(body: Uint8Array): Payloads {
  const scanner = new JsonScanner(body)
  return valueAt(body, scanner, scanner.skipSpace(0))
}

function valueAt(body: Uint8Array, scanner: JsonScanner, from: number): Payloads {
  const end = scanner.skipValue(from)
  if (end < 0 || !isEnd(body, scanner, end)) return malformed(body, scanner.fault!)
  return found([body.subarray(from, end)], body)
}

function elementsOf(body: Uint8Array, scanner: JsonScanner, maxEvents: number): Payloads {
  const payloads: Uint8Array[] = []
  let at = scanner.skipSpace(scanner.skipSpace(0) + 1)
  let isLast = body[at] === CLOSE_ARRAY
  while (!isLast) {
    if (payloads.length >= maxEvents) return { kind: 'too-many' }
    const end = scanner.skipValue(at)
    if (end < 0) return malformed(body, scanner.fault!)
    payloads.push(body.subarray(at, end))
    at = scanner.skipSpace(end)
    isLast = body[at] === CLOSE_ARRAY
    if (!isLast && body[at] !== COMMA) {
      scanner.fail(at, 'expected "," or "]"')
      return malformed(body, scanner.fault!)
    }
    if (!isLast) at = scanner.skipSpace(at + 1)
  }
  return isEnd(body, scanner, at + 1) ? found(payloads, body) : malformed(body, scanner.fault!)
}

function isEnd(body: Uint8Array, scanner: JsonScanner, at: number): boolean {
  const end = scanner.skipSpace(at)
  if (end >= body.length) return true
  scanner.fail(end, 'expected the end of the body')
  return false
}

/**
 * The events of an `application/x-ndjson` body: one JSON value of any kind a line. Blank lines are skipped;
 * the last line needs no line feed.
 *
 * @param maxEvents - reading stops behind so many
 */
export function payloadsOfNdjson(body: Uint8Array, maxEvents: number): Payloads {
  const payloads: Uint8Array[] = []
  const scanner = new JsonScanner(body)
  for (let from = 0; from < body.length; ) {
    const feed = body.indexOf(NEWLINE, from)
    const lineEnd = feed < 0 ? body.length : feed
    scanner.end = lineEnd
    const at = scanner.skipSpace(from)
    if (at < lineEnd) {
      if (payloads.length >= maxEvents) return { kind: 'too-many' }
      const end = scanner.skipValue(at)
      if (end < 0) return malformed(body, scanner.fault!)
      const rest = scanner.skipSpace(end)
      if (rest < lineEnd) {
        scanner.fail(rest, 'expected the end of the line')
        return malformed(body, scanner.fault!)
      }
      payloads.push(body.subarray(at, end))
    }
    from = lineEnd + 1
  }
  return found(payloads, body)
}

function found(payloads: readonly Uint8Array[], body: Uint8Array): Payloads {
  return { kind: 'payloads', payloads: lettingGo(payloads, body) }
}

function malformed(body: Uint8Array, fault: JsonFault): Payloads {
  return { kind: 'malformed', problem: fault.problem, position: textPosition(body, fault.offset) }
}
