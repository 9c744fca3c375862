/**
 * What the workers could do: completions over the time they were at work,
 * times their number. Idle time says nothing about speed, so it is left out,
 * unless items waited all the while: then something holds the workers back.
 *
 * Floor 3: imports `measure`.
 * Source: the true processing rate of DS2, V. Kalavri et al., OSDI 2018.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import type { QueueFacts } from './queue-facts.ts'
import { CALM_DEPTH, lengthInBins, type Span, sumOver } from './span.ts'

/** Below this share of their time at work, a bin says nothing about the workers' speed. */
const LEAST_BUSY = 0.2
const SMOOTHING_MS = 1000

/** Items per bin that the busy workers could do over `span`; `undefined` when they did nothing at all. */
export function busyServicePerBin(bins: BinSnapshot, span: Span, queue: QueueFacts): number | undefined {
  const busyMs = sumOver(bins.busyMs, span)
  if (busyMs <= 0) return undefined
  const perBin = (queue.workers * bins.binMs * sumOver(bins.completions, span)) / busyMs
  return Math.min(perBin, (queue.startRatePerSecond * bins.binMs) / 1000)
}

/**
 * What the workers could do in each bin of `span`, smoothed over a second; where they had too little to
 * do to tell, `usualPerBin`.
 */
export function serviceInEachBin(
  bins: BinSnapshot,
  span: Span,
  queue: QueueFacts & { readonly usualPerBin: number },
): number[] {
  const reach = Math.floor(SMOOTHING_MS / bins.binMs / 2)
  return Array.from({ length: span.to - span.from }, (_, i) => {
    const bin = span.from + i
    const part = lengthInBins(bins, { from: bin, to: bin + 1 })
    if (bins.busyMs[bin]! < LEAST_BUSY * queue.workers * bins.binMs * part) {
      return isHeldBack(bins, bin, queue) ? bins.completions[bin]! : part * queue.usualPerBin
    }
    const around = { from: Math.max(0, bin - reach), to: Math.min(bins.busyMs.length, bin + reach + 1) }
    return part * (busyServicePerBin(bins, around, queue) ?? queue.usualPerBin)
  })
}

/** Idle workers beside a queue that isn't calm, before and after: paused, or kept by an order or a rate. */
function isHeldBack({ maxDepth }: BinSnapshot, bin: number, queue: QueueFacts): boolean {
  const calmDepth = CALM_DEPTH * queue.capacity
  const isFilled = (at: number): boolean => (maxDepth[at] ?? Number.POSITIVE_INFINITY) > calmDepth
  return isFilled(bin - 1) && isFilled(bin) && isFilled(bin + 1)
}
