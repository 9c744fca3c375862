/**
 * The most that a server can answer in time, when refusing costs something.
 *
 * Its slots allow one capacity; its event loop has one second each second. At
 * a load of m times the capacity μ, g answers and m − g refusals take
 * μ (g a + (m − g) r) of it. Where the loop is the bottleneck that is
 * G(m) = (1 − m k) / (1 − k) with k = r / a.
 */

/** What is known of the costs: processor milliseconds for one answer and for one refusal. */
export interface Costs {
  readonly answerMs: number
  readonly refusalMs: number
}

/** The ceiling as a share of the capacity, from 0 to 1. */
export function ceilingAt(times: number, capacityPerSecond: number, costs: Costs | undefined): number {
  const demand = Math.min(1, times)
  if (!costs || costs.answerMs <= costs.refusalMs) return demand
  const budgetMs = 1000 / capacityPerSecond
  const byLoop = (budgetMs - times * costs.refusalMs) / (costs.answerMs - costs.refusalMs)
  return Math.max(0, Math.min(demand, byLoop))
}
