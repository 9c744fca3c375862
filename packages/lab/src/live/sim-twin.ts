/**
 * What the simulator says of a live run: the same policy before the same server, under the same load, in virtual time.
 */
import { policyNamed } from '../policies/roster.ts'
import { CLIENTS, steady } from '../scenario/catalogue.ts'
import { goodputPerSecond } from '../sim/measure.ts'
import { simulate } from '../sim/simulate.ts'
import { type LivePlan, MEAN_MS, PATIENCE_MS } from './live-plan.ts'

/** Goodput over capacity; `null` for the gateway, which is no policy of the simulator. */
export function simulatedGoodput(
  plan: Pick<LivePlan, 'policy' | 'times' | 'slots' | 'seed' | 'warmUpMs' | 'endMs'>,
): number | null {
  const { policy, times, slots, seed, warmUpMs, endMs } = plan
  if (policy === 'gateway') return null
  const capacity = (1000 * slots) / MEAN_MS
  const scenario = {
    ...steady(times, { warmUpMs, endMs }),
    server: { slots, service: { kind: 'exponential', meanMs: MEAN_MS }, slowdowns: [] },
    load: [{ fromMs: 0, ratePerSecond: times * capacity }],
    clients: { ...CLIENTS, timeoutMs: PATIENCE_MS },
  } as const
  const journal = simulate(scenario, policyNamed(policy).make, seed)
  return goodputPerSecond([journal], { fromMs: warmUpMs, toMs: endMs }) / capacity
}
