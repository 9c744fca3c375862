import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Length } from './utf8.ts'

/** What the platform's own decoder says. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function isWalkedThrough(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    const length = utf8Length(bytes, at, bytes.length)
    if (length === 0) return false
    at += length
  }
  return true
}

it('agrees with the decoder of the platform on every sequence of up to two bytes', () => {
  for (let first = 0; first < 256; first++) {
    for (const bytes of [[first], ...Array.from({ length: 256 }, (_, second) => [first, second])]) {
      const text = Uint8Array.from(bytes)
      if (isWalkedThrough(text) !== isUtf8(text)) expect(bytes).toBe('judged as the decoder judges it')
    }
  }
})

it('agrees with the decoder of the platform on any bytes, well-formed or nearly', () => {
  const edges = fc.constantFrom(
    0x00,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
    0xff,
  )
  const nearly = fc.array(edges, { maxLength: 6 }).map((bytes) => Uint8Array.from(bytes))
  const wellFormed = fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text))
  fc.assert(
    fc.property(fc.oneof(nearly, wellFormed), (bytes) => {
      expect(isWalkedThrough(bytes)).toBe(isUtf8(bytes))
    }),
    { numRuns: 1000 },
  )
})
