/**
 * How thick a flow is drawn: by the order of magnitude of its rate, so that
 * three events a second and three thousand both look right.
 *
 * Pure; imports nothing.
 */

const THINNEST = 2
const PER_DECADE = 3
const THICKEST = 14

/** From 2 to 14 for anything that flows; 0 for what does not, or is unknown. */
export function flowWidth(perSecond: number | undefined): number {
  if (perSecond === undefined || perSecond <= 0) return 0
  return Math.min(THICKEST, THINNEST + PER_DECADE * Math.log10(1 + perSecond))
}
