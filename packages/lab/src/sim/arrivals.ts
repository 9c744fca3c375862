/**
 * Arrivals as a Poisson process whose rate steps, on a clock. Open loop: they
 * come whether or not anybody is served.
 */
import type { Clock } from 'spillway'
import type { LoadStep } from '../scenario/scenario.ts'

/** Calls `arrive` at each arrival before `endMs`. */
export function startArrivals(
  load: readonly LoadStep[],
  { clock, random, endMs }: { clock: Clock; random: () => number; endMs: number },
  arrive: () => void,
): void {
  const plan = (fromMs: number): void => {
    const atMs = nextArrivalMs(load, fromMs, -Math.log(1 - random()))
    if (atMs >= endMs) return
    clock.schedule(atMs - clock.nowMs(), () => {
      arrive()
      plan(atMs)
    })
  }
  plan(0)
}

/**
 * When the next arrival comes after `fromMs`.
 *
 * @param draw - an exponential draw of mean 1: so much expected arrival passes until then
 */
export function nextArrivalMs(load: readonly LoadStep[], fromMs: number, draw: number): number {
  let atMs = fromMs
  let left = draw
  for (const [index, { ratePerSecond }] of load.entries()) {
    const untilMs = load[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY
    if (untilMs <= atMs) continue
    const perMs = ratePerSecond / 1000
    const needMs = perMs > 0 ? left / perMs : Number.POSITIVE_INFINITY
    if (atMs + needMs < untilMs) return atMs + needMs
    left -= (untilMs - atMs) * perMs
    atMs = untilMs
  }
  return Number.POSITIVE_INFINITY
}
