/**
 * The members of one JSON object, without looking into their values.
 *
 * Pure; imports `json-scanner`.
 */
import { JsonScanner } from './json-scanner.ts'

const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c

/** A name, and the bytes of its value. */
export interface JsonMember {
  readonly name: string
  readonly value: Uint8Array
}

/**
 * Every member in order, one that is there twice as well.
 *
 * @param object - an object that a `JsonScanner` has found to be one, without white space around it
 */
export function* membersOf(object: Uint8Array): Generator<JsonMember> {
  const scanner = new JsonScanner(object)
  let at = scanner.skipSpace(1)
  while (object[at] !== CLOSE_OBJECT) {
    const nameEnd = scanner.skipValue(at)
    const colon = scanner.skipSpace(nameEnd)
    const from = scanner.skipSpace(colon + 1)
    const end = scanner.skipValue(from)
    yield {
      name: String(JSON.parse(textOf(object.subarray(at, nameEnd)))),
      value: object.subarray(from, end),
    }
    at = scanner.skipSpace(end)
    if (object[at] === COMMA) at = scanner.skipSpace(at + 1)
  }
}

/** UTF-8 as text. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}
