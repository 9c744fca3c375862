/**
 * Numbers in sentences for an operator.
 *
 * Pure; imports nothing.
 */

/** A number: `1,250`, `0.35`. */
export function say(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits })
}

/** A number of things: `1 event`, `1,250 events`. */
export function sayCount(count: number, thing: string): string {
  return `${say(count)} ${thing}${count === 1 ? '' : 's'}`
}

/** A rate: `300/s`. */
export function sayRate(perSecond: number): string {
  return `${say(perSecond)}/s`
}

const STEPS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** A duration, in its largest unit: `12 s`, `3 min`. */
export function sayMs(ms: number): string {
  for (const [unit, unitMs] of STEPS) {
    if (ms >= unitMs) return `${say(Number((ms / unitMs).toPrecision(2)))} ${unit}`
  }
  return `${Math.round(ms)} ms`
}
