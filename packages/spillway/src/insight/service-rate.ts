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
import { isStall, standstills } from './stall.ts'

/** Below this share of their time at work, a bin says nothing about the workers' speed. */
const LEAST_BUSY = 0.2
const SMOOTHING_MS = 1000

/** Items per bin that the busy workers could do over `span`; `undefined` when they did nothing at all. */
export function busyServicePerBin(bins: BinSnapshot, span: Span, queue: QueueFacts): number | undefined {
  return workedOff(sumOver(bins.completions, span), sumOver(bins.busyMs, span), { bins, queue })
}

/**
 * What the workers could do in each bin of `span`: nothing in a stall; elsewhere the mean of a second around
 * the bin, stalls left out; where they had too little to do to tell, `usualPerBin`.
 */
export function serviceInEachBin(
  bins: BinSnapshot,
  span: Span,
  queue: QueueFacts & { readonly usualPerBin: number },
): number[] {
  const stalls = standstills(bins, span).filter((still) =>
    isStall(lengthInBins(bins, still), queue.usualPerBin),
  )
  const isStalled = (bin: number): boolean => stalls.some(({ from, to }) => bin >= from && bin < to)
  return Array.from({ length: span.to - span.from }, (_, i) => {
    const bin = span.from + i
    if (isStalled(bin)) return 0
    const part = lengthInBins(bins, { from: bin, to: bin + 1 })
    if (bins.busyMs[bin]! < LEAST_BUSY * queue.workers * bins.binMs * part) {
      return isHeldBack(bins, bin, queue) ? bins.completions[bin]! : part * queue.usualPerBin
    }
    return part * (smoothedService(bins, bin, { queue, isStalled }) ?? queue.usualPerBin)
  })
}

function smoothedService(
  bins: BinSnapshot,
  bin: number,
  given: { readonly queue: QueueFacts; readonly isStalled: (bin: number) => boolean },
): number | undefined {
  const reach = Math.floor(SMOOTHING_MS / bins.binMs / 2)
  const last = Math.min(bins.busyMs.length - 1, bin + reach)
  let completions = 0
  let busyMs = 0
  for (let at = Math.max(0, bin - reach); at <= last; at++) {
    if (given.isStalled(at)) continue
    completions += bins.completions[at]!
    busyMs += bins.busyMs[at]!
  }
  return workedOff(completions, busyMs, { bins, queue: given.queue })
}

function workedOff(
  completions: number,
  busyMs: number,
  { bins, queue }: { readonly bins: BinSnapshot; readonly queue: QueueFacts },
): number | undefined {
  if (busyMs <= 0) return undefined
  const perBin = (queue.workers * bins.binMs * completions) / busyMs
  return Math.min(perBin, (queue.startRatePerSecond * bins.binMs) / 1000)
}

/** Idle workers beside a queue that isn't calm, before and after: paused, or kept by an order or a rate. */
function isHeldBack({ maxDepth }: BinSnapshot, bin: number, queue: QueueFacts): boolean {
  const calmDepth = CALM_DEPTH * queue.capacity
  const isFilled = (at: number): boolean => (maxDepth[at] ?? Number.POSITIVE_INFINITY) > calmDepth
  return isFilled(bin - 1) && isFilled(bin) && isFilled(bin + 1)
}
