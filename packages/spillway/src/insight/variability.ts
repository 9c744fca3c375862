/**
 * How uneven arrivals and service times are, and how large a queue smooths
 * that much unevenness.
 *
 * Floor 3: imports `measure`.
 * Source: the diffusion approximation of GI/G/1; the arrivals' squared coefficient of variation is taken from
 * their index of dispersion, which also sees bursts.
 */
import type { BinSnapshot } from '../measure/bin-snapshot.ts'
import { diffusionCapacity } from './formulas.ts'
import { type Span, sumOver } from './span.ts'

/** The share of items that a queue for swings may lose. */
const LOSS = 0.001
const LEAST_STEPS = 5
const LEAST_SAMPLES = 20
const CAPACITY_MARGIN = 1.25

/** The queue as it was; rates are items per bin. */
export interface Overflowing {
  readonly capacity: number
  readonly inbound: number
  readonly service: number
}

/** The capacity that would lose one item in a thousand to the swings of `span`; a quarter more than it was at least. */
export function capacityForSwings(bins: BinSnapshot, span: Span, queue: Overflowing): number {
  const { capacity, inbound, service } = queue
  const least = Math.ceil(CAPACITY_MARGIN * capacity) + 1
  const utilisation = inbound / service
  if (!(utilisation < 1)) return least
  const wanted = diffusionCapacity({
    utilisation,
    arrivalScv: arrivalDispersion(bins, span, Math.max(1, Math.round(capacity / service))),
    serviceScv: serviceVariation(bins, span),
    loss: LOSS,
  })
  return Math.max(least, wanted)
}

/** The index of dispersion of the arrivals, counted in steps of `stepBins` bins; 1 when there are too few. */
export function arrivalDispersion(bins: BinSnapshot, span: Span, stepBins: number): number {
  const steps = Math.floor((span.to - span.from) / stepBins)
  if (steps < LEAST_STEPS) return 1
  const counts = Array.from({ length: steps }, (_, step) => {
    const from = span.from + step * stepBins
    return sumOver(bins.arrivals, { from, to: from + stepBins })
  })
  const mean = counts.reduce((sum, count) => sum + count, 0) / steps
  if (mean === 0) return 1
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (steps - 1) / mean
}

/** The squared coefficient of variation of the service times; 1 when there are too few. */
export function serviceVariation(bins: BinSnapshot, span: Span): number {
  const completions = sumOver(bins.completions, span)
  const meanMs = sumOver(bins.serviceSumMs, span) / completions
  if (completions < LEAST_SAMPLES || meanMs === 0) return 1
  return Math.max(0, sumOver(bins.serviceSquares, span) / completions / meanMs ** 2 - 1)
}
