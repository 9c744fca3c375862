/**
 * Sizes in words.
 */

/** A size as people write it. */
export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`
  return `${(count / 1e3).toFixed(0)} kB`
}
