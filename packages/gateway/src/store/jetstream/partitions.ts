/**
 * Into which part of an ordered stream an event goes: by the hash of its key,
 * so that all events of a key are in one partition, in the order they came.
 *
 * The hash is FNV-1a, 32 bits, over the UTF-8 bytes of the key: what is stored
 * was placed by it, so it never changes.
 *
 * Pure; imports `store`.
 */
import type { NewEvent } from '../store.ts'

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** Events of one batch that go into one partition, in their order. */
export interface Part {
  readonly partition: number
  readonly events: readonly NewEvent[]
}

/** The partition of a key, of so many. */
export function partitionOf(key: string, partitions: number): number {
  let hash = FNV_OFFSET
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, FNV_PRIME)
  return (hash >>> 0) % partitions
}

/**
 * The parts of a batch, those of lower partitions first. Events without a key have no order to keep: they go along with
 * the first part, or to `keyless` where there is none.
 */
export function inParts(
  events: readonly NewEvent[],
  { partitions, keyless }: { readonly partitions: number; readonly keyless: number },
): readonly Part[] {
  const places = events.map(({ key }) => (key === undefined ? undefined : partitionOf(key, partitions)))
  const fallback = places.find((place) => place !== undefined) ?? keyless
  const parts = new Map<number, NewEvent[]>()
  for (const [i, event] of events.entries()) {
    const place = places[i] ?? fallback
    const part = parts.get(place)
    if (part) part.push(event)
    else parts.set(place, [event])
  }
  return [...parts].toSorted(([a], [b]) => a - b).map(([partition, inIt]) => ({ partition, events: inIt }))
}
