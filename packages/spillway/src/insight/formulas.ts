/**
 * The formulas of queue sizing, one function each.
 *
 * Floor 3: imports nothing.
 */

/** A queue with random arrivals and service. */
export interface Randomness {
  /** Arrival rate over service rate, above 0 and below 1. */
  readonly utilisation: number
  /** Squared coefficient of variation of the times between arrivals: 0 even, 1 Poisson, above 1 bursts. */
  readonly arrivalScv: number
  /** Squared coefficient of variation of the service times: 0 constant, 1 exponential. */
  readonly serviceScv: number
}

/**
 * The capacity that loses at most the share `loss` of the items: GI/G/1 by diffusion,
 * K = ln(1/loss) (ρ Ca² + Cs²) / (2 (1 − ρ)).
 */
export function diffusionCapacity(queue: Randomness & { readonly loss: number }): number {
  const { utilisation, arrivalScv, serviceScv, loss } = queue
  return Math.ceil((-Math.log(loss) * (utilisation * arrivalScv + serviceScv)) / (2 * (1 - utilisation)))
}

/** The mean wait in the queue in service times: Kingman, ρ/(1 − ρ) (Ca² + Cs²)/2. */
export function kingmanWait({ utilisation, arrivalScv, serviceScv }: Randomness): number {
  return ((utilisation / (1 - utilisation)) * (arrivalScv + serviceScv)) / 2
}

/** The share of items lost by an M/M/1 queue with room for `places` items, the one in work included. */
export function lossMM1K(utilisation: number, places: number): number {
  if (utilisation === 1) return 1 / (places + 1)
  // For an overload both sides are divided by ρ^K, so that nothing grows beyond numbers.
  if (utilisation > 1) return (1 - 1 / utilisation) / (1 - utilisation ** -(places + 1))
  return ((1 - utilisation) * utilisation ** places) / (1 - utilisation ** (places + 1))
}

/** The fewest places with which an M/M/1 queue loses at most the share `loss`; `Infinity` when none will do. */
export function placesMM1K(utilisation: number, loss: number): number {
  if (utilisation >= 1 && loss <= 1 - 1 / utilisation) return Number.POSITIVE_INFINITY
  if (utilisation === 1) return Math.max(0, Math.ceil(1 / loss - 1))
  // (1 − ρ) ρ^K / (1 − ρ^(K+1)) ≤ loss solved for ρ^K.
  const power = loss / (1 - utilisation + utilisation * loss)
  const places = Math.max(0, Math.ceil(Math.log(power) / Math.log(utilisation)))
  // One rounding error at most separates the logarithms from the whole number.
  return places > 0 && lossMM1K(utilisation, places - 1) <= loss ? places - 1 : places
}
