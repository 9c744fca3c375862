/**
 * Names for events that came without one: random UUIDs (RFC 9562, version 4),
 * many at once, from the same source of random numbers as `randomUUID`.
 *
 * Imports nothing.
 */
import { randomFillSync, randomUUID } from 'node:crypto'

const UUID_BYTES = 16
const UUID_LENGTH = 36
const DASH = 0x2d
/** A dash stands before these bytes. */
const DASHED: ReadonlySet<number> = new Set([4, 6, 8, 10])
const DIGITS = Buffer.from('0123456789abcdef')

/** So many new names. One costs a call; a hundred cost a third of a hundred calls: `npm run bench -- gateway`. */
export function newIds(count: number): readonly string[] {
  if (count <= 1) return count === 1 ? [randomUUID()] : []
  const random = randomFillSync(Buffer.allocUnsafe(UUID_BYTES * count))
  const text = Buffer.allocUnsafe(UUID_LENGTH)
  return Array.from({ length: count }, (_, index) => {
    writeUuid(text, random, UUID_BYTES * index)
    return text.toString('latin1')
  })
}

function writeUuid(text: Buffer, random: Buffer, from: number): void {
  random[from + 6] = (random[from + 6]! & 0x0f) | 0x40
  random[from + 8] = (random[from + 8]! & 0x3f) | 0x80
  let at = 0
  for (let i = 0; i < UUID_BYTES; i++) {
    if (DASHED.has(i)) text[at++] = DASH
    const byte = random[from + i]!
    text[at++] = DIGITS[byte >> 4]!
    text[at++] = DIGITS[byte & 15]!
  }
}
