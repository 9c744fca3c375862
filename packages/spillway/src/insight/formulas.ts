/**
 * The formulas of queue sizing, one function each. Rates are per second,
 * ρ is the load: arrivals over what all workers can do.
 *
 * Floor 3: imports nothing.
 * Sources: J. Little 1961; A. Erlang 1917; J. Kingman 1961; the diffusion approximation of GI/G/1.
 */

/** A queue with random arrivals and service. */
export interface Randomness {
  /** ρ: arrival rate over service rate, above 0 and below 1. */
  readonly utilisation: number
  /** Ca²: squared coefficient of variation of the times between arrivals: 0 even, 1 Poisson, above 1 bursts. */
  readonly arrivalScv: number
  /** Cs²: squared coefficient of variation of the service times: 0 constant, 1 exponential. */
  readonly serviceScv: number
}

/** A burst that comes on top of nothing: `ratePerSecond` for `durationMs`. */
export interface ArrivalBurst {
  /** How many items arrive in a second while it lasts. */
  readonly ratePerSecond: number
  /** How long it lasts, in milliseconds. */
  readonly durationMs: number
}

/** The longest queue whose last item still ends in time: K = ⌊μ (D − S₉₉)⌋; 0 when none does. */
export function deadlineCapacity(given: {
  readonly serviceRatePerSecond: number
  readonly deadlineMs: number
  readonly serviceP99Ms: number
}): number {
  const { serviceRatePerSecond, deadlineMs, serviceP99Ms } = given
  return Math.max(0, wholeBelow((serviceRatePerSecond * (deadlineMs - serviceP99Ms)) / 1000))
}

/** The queue that holds a burst: K = (B − μ) T; 0 when the workers keep up with it. */
export function burstCapacity(burst: ArrivalBurst, serviceRatePerSecond: number): number {
  const excessPerSecond = Math.max(0, burst.ratePerSecond - serviceRatePerSecond)
  return wholeAbove((excessPerSecond * burst.durationMs) / 1000)
}

/** How long a queue of `items` takes to empty while arrivals go on: K / (μ − λ), in milliseconds. */
export function drainMs(items: number, serviceRatePerSecond: number, arrivalRatePerSecond: number): number {
  const spare = serviceRatePerSecond - arrivalRatePerSecond
  return spare > 0 ? (1000 * items) / spare : Number.POSITIVE_INFINITY
}

/** The queue that loses at most the share `loss` to randomness: K = ln(1/loss) (ρ Ca² + Cs²) / (2 (1 − ρ)). */
export function diffusionCapacity(queue: Randomness & { readonly loss: number }): number {
  const { utilisation, arrivalScv, serviceScv, loss } = queue
  return wholeAbove((-Math.log(loss) * (utilisation * arrivalScv + serviceScv)) / (2 * (1 - utilisation)))
}

/** The mean wait of a single worker's queue, in service times: ρ/(1 − ρ) (Ca² + Cs²)/2. */
export function kingmanWait({ utilisation, arrivalScv, serviceScv }: Randomness): number {
  return ((utilisation / (1 - utilisation)) * (arrivalScv + serviceScv)) / 2
}

/** The probability that an arrival finds all workers busy (M/M/c): Erlang C. Costs O(workers). */
export function erlangC(workers: number, utilisation: number): number {
  const offered = workers * utilisation
  let blocking = 1
  for (let worker = 1; worker <= workers; worker++)
    blocking = (offered * blocking) / (worker + offered * blocking)
  return blocking / (1 - utilisation * (1 - blocking))
}

/** The share of items that an M/M/1 queue loses with room for `places` items, the one in work included. */
export function lossMM1K(utilisation: number, places: number): number {
  if (utilisation === 1) return 1 / (places + 1)
  // In overload both sides are divided by ρ^K, so that nothing grows beyond numbers.
  if (utilisation > 1) return (1 - 1 / utilisation) / (1 - utilisation ** -(places + 1))
  return ((1 - utilisation) * utilisation ** places) / (1 - utilisation ** (places + 1))
}

/** The fewest places with which an M/M/1 queue loses at most the share `loss`; `Infinity` when none will do. */
export function placesMM1K(utilisation: number, loss: number): number {
  if (utilisation > 1 && loss <= 1 - 1 / utilisation) return Number.POSITIVE_INFINITY
  if (utilisation === 1) return wholeAbove(1 / loss - 1)
  const power = loss / (1 - utilisation + utilisation * loss)
  return Math.max(0, wholeAbove(Math.log(power) / Math.log(utilisation)))
}

/** The load below which clients that retry each failure `retries` times can't keep an overload alive: 1/(1 + n). */
export function retryStableLoad(retries: number): number {
  return 1 / (1 + retries)
}

const ROUNDING = 1e-9

function wholeBelow(value: number): number {
  return Math.floor(value * (1 + ROUNDING))
}

function wholeAbove(value: number): number {
  return Math.ceil(value * (1 - ROUNDING))
}
