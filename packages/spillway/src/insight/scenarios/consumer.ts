/**
 * The queue and workers that a scenario starts from: in good health.
 *
 * Floor 3, for tests only: left out of the build.
 */
import type { Draw } from './draw.ts'

/** How long a scenario runs in health before its trouble begins, in milliseconds. */
export const HEALTHY_MS = 20_000
/** How long it runs after its trouble, in milliseconds. */
export const AFTER_MS = 4_000

/** Workers, their service times and their usual load. */
export interface Consumer {
  readonly workers: number
  readonly serviceMs: number
  readonly serviceScv: number
  /** What the workers can do, in items per millisecond. */
  readonly capacityPerMs: number
  /** The usual load as a share of what they can do. */
  readonly load: number
  /** The usual arrivals per millisecond. */
  readonly ratePerMs: number
}

/** 1 to 16 workers, 1 to 20 ms, exponential or wilder, loaded to 30–70 %. */
export function drawConsumer(draw: Draw): Consumer {
  const workers = draw.whole(1, 16)
  const serviceMs = draw.between(1, 20)
  const load = draw.between(0.3, 0.7)
  const capacityPerMs = workers / serviceMs
  const serviceScv = draw.oneOf(1, 4)
  return { workers, serviceMs, serviceScv, capacityPerMs, load, ratePerMs: load * capacityPerMs }
}

/** The capacity that holds `ms` of work. */
export function capacityFor(consumer: Consumer, ms: number): number {
  return Math.max(2, Math.round(consumer.capacityPerMs * ms))
}
