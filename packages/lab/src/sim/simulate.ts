/**
 * Runs a scenario in virtual time against a policy made of the library's own
 * objects. The same scenario, policy and seed give the same journal.
 *
 * Arrivals, service times, retries and the policy draw from streams of their
 * own, so that two policies with one seed see the same traffic.
 */
import { fullJitterBackoff, RetryBudget } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'
import type { MakePolicy } from '../policies/policy.ts'
import type { Clients, Scenario } from '../scenario/scenario.ts'
import { startArrivals } from './arrivals.ts'
import { Client, type ClientRoom } from './client.ts'
import { Fleet } from './fleet.ts'
import { BIN_MS, Journal } from './journal.ts'

/** So many users send the requests. */
const USERS = 10_000

/** One run. */
export function simulate(scenario: Scenario, makePolicy: MakePolicy, seed: number): Journal {
  const clock = new VirtualClock()
  const stream = (number: number): (() => number) => seededRandom(seed * 16 + number)
  const journal = new Journal(scenario.warmUpMs, scenario.endMs)
  const [serviceRandom, policyRandom] = [stream(1), stream(2)]
  const fleet = new Fleet({ server: scenario.server, makePolicy, clock, serviceRandom, policyRandom })
  const room: ClientRoom = { clock, fleet, journal, ...manners(scenario.clients, clock, stream(3)) }
  const [arrivals, people] = [stream(4), stream(5)]
  startArrivals(scenario.load, { clock, random: arrivals, endMs: scenario.endMs }, () => {
    const criticality = classOf(scenario.clients, people())
    new Client(room, criticality, `user ${Math.floor(people() * USERS)}`).send()
  })
  for (let atMs = 0; atMs < scenario.endMs; atMs += BIN_MS) {
    clock.advanceTo(atMs)
    journal.insides.push(fleet.inside)
    journal.busies.push(fleet.busy)
    const { limit } = fleet
    if (limit !== undefined) journal.limits.push(limit)
  }
  clock.advanceTo(scenario.endMs)
  journal.insideAtEnd = fleet.inside
  // Nobody arrives any more; those who came last still get their answers.
  clock.advanceTo(scenario.endMs + scenario.clients.timeoutMs)
  journal.deaths = fleet.deaths
  return journal
}

function manners(
  { timeoutMs, retries, backoffMs, retryRatio, calls = 1 }: Clients,
  clock: VirtualClock,
  random: () => number,
): Pick<ClientRoom, 'timeoutMs' | 'retries' | 'calls' | 'backoff' | 'budget'> {
  return {
    timeoutMs,
    retries,
    calls,
    backoff: backoffMs > 0 ? fullJitterBackoff({ baseMs: backoffMs, maxMs: 10_000, random }) : () => 0,
    budget: retryRatio < 1 ? new RetryBudget({ ratio: retryRatio, clock }) : undefined,
  }
}

function classOf({ classes }: Clients, draw: number): Clients['classes'][number]['criticality'] {
  let left = draw
  for (const { criticality, share } of classes) {
    left -= share
    if (left < 0) return criticality
  }
  return classes.at(-1)!.criticality
}
