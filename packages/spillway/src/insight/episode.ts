/**
 * When it overflowed: the latest episode of drops, and the usual life before it.
 *
 * Floor 3: imports `measure`.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { CALM_DEPTH, type Span } from './span.ts'

/** Two drops further apart than this belong to two episodes. */
const EPISODE_GAP_MS = 10_000
/** How far back the usual life is looked at. */
const USUAL_MS = 60_000

/** The latest episode of drops. */
export interface Episode {
  /** From the last calm bin before its first drop to the first calm bin after its last, or to the end. */
  readonly span: Span
  /** Up to its last drop. */
  readonly dropping: Span
  /** Up to a minute before it; empty when it began with the first bin. */
  readonly usual: Span
  /** Whether the queue had not calmed down at the end. */
  readonly ongoing: boolean
}

/** Finds the latest episode whose last drop is at most `quietAfterMs` old. */
export function latestEpisode(
  bins: BinSnapshot,
  queue: { readonly capacity: number; readonly quietAfterMs: number },
): Episode | undefined {
  const { maxDepth, binMs } = bins
  const length = maxDepth.length
  const lastDrop = latestDrop(bins, queue.quietAfterMs)
  if (lastDrop === undefined) return undefined
  const isCalm = (bin: number): boolean => maxDepth[bin]! <= CALM_DEPTH * queue.capacity
  let from = firstDropBefore(bins, lastDrop)
  while (from > 0 && !isCalm(from)) from--
  let to = lastDrop + 1
  while (to < length && !isCalm(to)) to++
  return {
    span: { from, to: Math.min(length, to + 1) },
    dropping: { from, to: lastDrop + 1 },
    usual: { from: Math.max(0, from - Math.ceil(USUAL_MS / binMs)), to: from },
    ongoing: to === length,
  }
}

function latestDrop({ drops, binMs }: BinSnapshot, withinMs: number): number | undefined {
  const oldest = Math.max(0, drops.length - 1 - Math.ceil(withinMs / binMs))
  for (let bin = drops.length - 1; bin >= oldest; bin--) if (drops[bin]! > 0) return bin
  return undefined
}

function firstDropBefore({ drops, binMs }: BinSnapshot, lastDrop: number): number {
  let first = lastDrop
  for (let bin = lastDrop; bin >= 0 && (first - bin) * binMs <= EPISODE_GAP_MS; bin--) {
    if (drops[bin]! > 0) first = bin
  }
  return first
}
