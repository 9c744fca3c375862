/**
 * What a `Content-Encoding` says about a body, as far as the gateway takes it.
 *
 * One coding at most: several, one in the other, are a bomb's way, not a
 * client's.
 *
 * Source: RFC 9110, 8.4; for Accept-Encoding in an answer, 12.5.3.
 *
 * Pure; imports nothing.
 */

/** How a body is compressed, if it is. `deflate` is the zlib format of RFC 1950. */
export type ContentCoding = 'identity' | 'gzip' | 'deflate' | 'br'

const CODINGS: ReadonlyMap<string, ContentCoding> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
])

/** The codings that are taken, as an `Accept-Encoding` lists them. */
export const TAKEN_CODINGS = 'gzip, deflate, br'

/** The coding that the field names; `undefined` when it is not taken, or when there are several. Letter case does not matter. */
export function contentCoding(field: string | undefined): ContentCoding | undefined {
  return field === undefined ? 'identity' : CODINGS.get(field.trim().toLowerCase())
}
