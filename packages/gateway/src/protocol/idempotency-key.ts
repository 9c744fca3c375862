/**
 * The `Idempotency-Key` of a request: the name that its sender gave it, so that
 * sending it again is safe.
 *
 * Taken as the draft has it, a quoted string, and plain, as most clients send
 * it. Each event of the request is named after it: the first has the key as
 * its id, the others have `#` and their index behind it; a `#` in the key
 * itself is doubled, so that no two requests can name the same event.
 *
 * Source: draft-ietf-httpapi-idempotency-key-header-07; strings of RFC 9651.
 *
 * Pure; imports nothing.
 */

/** The longest key that is taken, in characters. */
export const MAX_KEY_LENGTH = 255

/** A key, or why it is none. */
export type IdempotencyKey =
  | { readonly isKey: true; readonly key: string }
  | { readonly isKey: false; readonly problem: string }

const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/
const PLAIN = /^[\x21\x23-\x2b\x2d-\x7e]*$/

/** Reads the header, quoted or plain. */
export function readIdempotencyKey(field: string): IdempotencyKey {
  const quoted = QUOTED.exec(field)?.[1]
  const key = quoted === undefined ? field : quoted.replaceAll(/\\(["\\])/g, '$1')
  if (quoted === undefined && !PLAIN.test(field)) {
    return {
      isKey: false,
      problem: `must be one key: visible ASCII without spaces, quotes and commas, or all of that in double quotes`,
    }
  }
  if (key === '') return { isKey: false, problem: 'is empty; send a key that is new with each request' }
  if (key.length > MAX_KEY_LENGTH) {
    return { isKey: false, problem: `is ${key.length} characters long; at most ${MAX_KEY_LENGTH} are taken` }
  }
  return { isKey: true, key }
}

/** The id of the event at `index` of the request that `key` names. */
export function idOfEvent(key: string, index: number): string {
  const name = key.includes('#') ? key.replaceAll('#', '##') : key
  return index === 0 ? name : `${name}#${index}`
}
