/**
 * The payload that belongs to an id: an event that was invented or mixed up
 * does not have it. Sizes vary from 0 to 1,200 bytes.
 */
import { createHash } from 'node:crypto'

/** The bytes of the event `id`. */
export function payloadOf(id: string): Buffer {
  const seed = createHash('sha256').update(id).digest()
  const bytes = Buffer.alloc((seed.readUInt16LE() % 38) * 32)
  for (let at = 0; at < bytes.length; at += seed.length) seed.copy(bytes, at)
  return bytes
}
