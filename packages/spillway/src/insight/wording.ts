/**
 * Numbers in sentences: whole, with thin groups of thousands; small ones with two digits.
 *
 * Floor 3: imports nothing.
 */

/** A number for a reader: `1,250`, `12`, `0.35`. */
export function say(value: number): string {
  if (!Number.isFinite(value)) return 'unbounded'
  const rounded = Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(2))
  const [whole, fraction] = String(rounded).split('.')
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A share in percent: `36 %`. */
export function sayShare(share: number): string {
  return `${say(100 * share)} %`
}

/** A duration: `40 ms`, `2.5 s`. */
export function sayMs(ms: number): string {
  return ms >= 10_000 ? `${say(ms / 1000)} s` : `${say(ms)} ms`
}
