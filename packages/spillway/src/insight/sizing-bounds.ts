/**
 * What bounds a capacity from above, and what needs it from below.
 *
 * Floor 3: imports nothing outside `insight`.
 */
import { burstCapacity, deadlineCapacity, diffusionCapacity } from './formulas.ts'
import type { Sizing } from './sizing-options.ts'

/** The bounds and the needs, in items; `undefined` where nothing was asked. */
export interface SizingBounds {
  /** More would only be served too late. */
  readonly byDeadline: number
  /** More doesn't fit into memory. */
  readonly byMemory: number | undefined
  /**
   * Fewer lose more than the target to randomness, or, in overload, leave the workers idle for more than that
   * share; `Infinity` when exactly as much arrives as can be done.
   */
  readonly forRandomness: number | undefined
  /** Fewer overflow in the burst. */
  readonly forBurst: number | undefined
}

/** Computes all four. */
export function boundsOf(sizing: Sizing): SizingBounds {
  const { serviceRatePerSecond, burst, memoryBytes, itemBytes } = sizing
  return {
    byDeadline: deadlineCapacity(sizing),
    byMemory:
      memoryBytes !== undefined && itemBytes !== undefined ? Math.floor(memoryBytes / itemBytes) : undefined,
    forRandomness: randomnessNeed(sizing),
    forBurst: burst && burstCapacity(burst, serviceRatePerSecond),
  }
}

/** In overload the sides change places: a queue that is nearly always full must not run empty by chance. */
function randomnessNeed(sizing: Sizing): number | undefined {
  const { arrivalRatePerSecond, serviceRatePerSecond, arrivalScv, serviceScv, lossTarget: loss } = sizing
  if (arrivalRatePerSecond === undefined) return undefined
  const utilisation = arrivalRatePerSecond / serviceRatePerSecond
  if (utilisation === 1) return Number.POSITIVE_INFINITY
  if (utilisation < 1) return diffusionCapacity({ utilisation, arrivalScv, serviceScv, loss })
  return diffusionCapacity({
    utilisation: 1 / utilisation,
    arrivalScv: serviceScv,
    serviceScv: arrivalScv,
    loss,
  })
}
