/**
 * How a batch lies in one message: each event as the lengths of its envelope
 * and its payload (4 bytes each, little-endian), the envelope as JSON, and the
 * payload as received.
 *
 * One message for one batch is what makes a batch whole or nothing on a
 * broker that stores messages one by one.
 *
 * Pure; imports `protocol`.
 */
import { z } from 'zod'
import type { Envelope, EnvelopedEvent } from '../../protocol/envelope.ts'

const LENGTHS_BYTES = 8

const envelope = z.object({
  id: z.string(),
  receivedAtMs: z.number(),
  tenant: z.string(),
  contentType: z.string(),
  key: z.string().optional(),
  traceparent: z.string().optional(),
  attributes: z.string().optional(),
})

/** Writes events into the body of a message. */
export function encodeBatch(events: readonly EnvelopedEvent[]): Buffer {
  const parts: Uint8Array[] = []
  for (const event of events) {
    const { id, receivedAtMs, tenant, contentType, key, traceparent, attributes, payload } = event
    const head: Envelope = { id, receivedAtMs, tenant, contentType, key, traceparent, attributes }
    const lengths = Buffer.allocUnsafe(LENGTHS_BYTES)
    const text = Buffer.from(JSON.stringify(head))
    lengths.writeUInt32LE(text.length, 0)
    lengths.writeUInt32LE(payload.length, 4)
    parts.push(lengths, text, payload)
  }
  return Buffer.concat(parts)
}

/**
 * Reads the body of a message. The payloads are views of a copy, so that nothing of what was received besides is held.
 *
 * @throws Error when it is not what `encodeBatch` writes
 */
export function decodeBatch(body: Uint8Array): readonly EnvelopedEvent[] {
  const source = Buffer.from(body)
  const events: EnvelopedEvent[] = []
  for (let at = 0; at < source.length; ) {
    const textAt = at + LENGTHS_BYTES
    const payloadAt = textAt + source.readUInt32LE(at)
    const end = payloadAt + source.readUInt32LE(at + 4)
    if (end > source.length) throw new Error('the message is cut off')
    const head = envelope.parse(JSON.parse(source.toString('utf8', textAt, payloadAt)))
    events.push({ ...head, payload: source.subarray(payloadAt, end) })
    at = end
  }
  if (events.length === 0) throw new Error('the message is empty')
  return events
}
