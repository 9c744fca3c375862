/**
 * Whether bytes are UTF-8, one character at a time.
 *
 * Source: the table of well-formed byte sequences of the Unicode Standard, chapter 3, table 3-7.
 *
 * Pure; imports nothing.
 */

/** How many bytes the character at `at` has: 1 to 4, or 0 when it is malformed or reaches beyond `end`. */
export function utf8Length(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (length === 0 || at + length > end) return 0
  const second = bytes[at + 1]!
  // The narrower bounds keep out overlong forms, surrogates, and what is above U+10FFFF.
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return 0
  for (let i = at + 2; i < at + length; i++) if ((bytes[i]! & 0xc0) !== 0x80) return 0
  return length
}
