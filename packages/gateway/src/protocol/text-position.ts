/**
 * Line and column of a byte in a text, for whoever must find it in an editor.
 *
 * Pure; imports nothing.
 */

/** Both count from 1; the column counts characters (code points), not bytes. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** Where the byte at `offset` stands. Costs one look at each byte before it. */
export function textPosition(bytes: Uint8Array, offset: number): TextPosition {
  let line = 1
  let column = 1
  for (let i = 0; i < offset && i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === 0x0a) {
      line++
      column = 1
    } else if ((byte & 0xc0) !== 0x80) {
      column++
    }
  }
  return { line, column }
}
