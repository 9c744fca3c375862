/**
 * What is to be run: plain data, so that it can be sent to a worker thread.
 */
import { policyNamed } from '../policies/roster.ts'
import type { Result } from '../record/result.ts'
import type { Case } from '../scenario/standard.ts'
import { type Run, resultOf } from './result-of.ts'
import { simulate } from './simulate.ts'

/** Runs of every case with every policy and every seed, in the order of the results. */
export function planRuns(
  sets: readonly { readonly name: string; readonly cases: readonly Case[] }[],
  policies: readonly string[],
  seeds: readonly number[],
): Run[] {
  return sets.flatMap(({ name, cases }) =>
    policies.flatMap((policy) =>
      cases.flatMap(({ times, scenario }) =>
        seeds.map((seed) => ({ set: name, policy, seed, times, scenario })),
      ),
    ),
  )
}

/** Does one run. */
export function perform(run: Run): Result {
  return resultOf(run, simulate(run.scenario, policyNamed(run.policy).make, run.seed))
}

/** How much work a run is, in arrivals: for the time left. */
export function weightOf({ scenario }: Run): number {
  let sum = 0
  for (const [index, { fromMs, ratePerSecond }] of scenario.load.entries()) {
    const untilMs = scenario.load[index + 1]?.fromMs ?? scenario.endMs
    sum += (Math.max(0, untilMs - fromMs) * ratePerSecond) / 1000
  }
  return sum
}
