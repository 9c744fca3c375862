/**
 * One event, one line.
 *
 * A JSON payload can hold line feeds between its tokens only, where any white
 * space means the same; each is written as a space, so that a line is always a
 * whole event. All other bytes stay as they were received.
 *
 * Pure; imports `protocol`.
 */
import type { EnvelopedEvent } from '../protocol/envelope.ts'

const LINE_FEED = 0x0a
const SPACE = 0x20
const FEED: Uint8Array = Uint8Array.of(LINE_FEED)

/** Adds the payloads as lines to what is to be written. */
export function addLines(lines: Uint8Array[], events: readonly EnvelopedEvent[]): void {
  for (const { payload } of events) lines.push(onOneLine(payload), FEED)
}

function onOneLine(payload: Uint8Array): Uint8Array {
  if (!payload.includes(LINE_FEED)) return payload
  return payload.map((byte) => (byte === LINE_FEED ? SPACE : byte))
}
