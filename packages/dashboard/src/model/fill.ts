/**
 * How full a stream is.
 *
 * Pure; imports the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'

/** The share of its bound that it holds, from 0 to 1: of events or of bytes, whichever is nearer to its bound. */
export function fillOf({ depth }: Pick<StreamState, 'depth'>): number {
  return Math.min(1, Math.max(shareOf(depth.items, depth.maxItems), shareOf(depth.bytes, depth.maxBytes)))
}

/** Which of the two bounds that is. */
export function nearerBound({ depth }: Pick<StreamState, 'depth'>): 'items' | 'bytes' {
  return shareOf(depth.bytes, depth.maxBytes) > shareOf(depth.items, depth.maxItems) ? 'bytes' : 'items'
}

function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}
