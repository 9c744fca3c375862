/**
 * One event, one line.
 *
 * A JSON payload can hold line feeds between its tokens only, where any white
 * space means the same; each is written as a space, so that a line is always a
 * whole event. All other bytes stay as they were received.
 *
 * Pure; imports `protocol`.
 */
import type { Envelope } from '../protocol/envelope.ts'

const LINE_FEED = 0x0a
const SPACE = 0x20
const FEED: Uint8Array = Uint8Array.of(LINE_FEED)

/** The payloads as lines, ready to be written one after the other. */
export function linesOf(events: readonly Envelope[]): readonly Uint8Array[] {
  return events.flatMap(({ payload }) => [onOneLine(payload), FEED])
}

function onOneLine(payload: Uint8Array): Uint8Array {
  if (!payload.includes(LINE_FEED)) return payload
  return payload.map((byte) => (byte === LINE_FEED ? SPACE : byte))
}
