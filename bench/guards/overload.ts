/**
 * Question: what do clients get when twice, and ten times, as much comes as the consumer can do?
 * Workload: a handler that asks a consumer in another process, which does 250 a second, one after the other. Requests
 *   come as a Poisson process, the same for every server, from a third process; each client goes away after one second.
 *   The first second is not counted.
 * Read it as: goodput is answers of 2xx within the client's second, beside what the consumer can do; latencies count
 *   from the scheduled start. Rate limits are set to the consumer's known capacity, all else to its defaults.
 */
import { quantile } from '../harness/statistics.ts'
import { Child } from './child.ts'
import { CAPACITY_PER_SECOND } from './contenders.ts'
import type { Observed } from './open-loop.ts'

const PATIENCE_MS = 1000

/** What became of one contender under one load. */
export interface Outcome {
  readonly name: string
  readonly times: number
  /** From 0 to 1: goodput beside the consumer's capacity. */
  readonly goodput: number
  readonly acceptedP99Ms: number | undefined
  readonly refusedP99Ms: number | undefined
  readonly refusedShare: number
  readonly lostShare: number
  readonly lagP99Ms: number
}

/** Offers `times` the consumer's capacity to a fresh server. */
export async function overload(name: string, times: number, seconds: number): Promise<Outcome> {
  const consumer = await Child.start('consumer', [String(CAPACITY_PER_SECOND)], 1)
  const server = await Child.start('server', [name, 'capped', String(consumer.port)], 0)
  const load = [server.port, CAPACITY_PER_SECOND * times, seconds, PATIENCE_MS].map(String)
  // The generator, a program of this folder, tells what it observed.
  const seen = (await Child.resultOf('generator', load, 1)) as Observed
  await server.stop()
  await consumer.stop()
  return {
    name,
    times,
    goodput: seen.accepted.length / seen.seconds / CAPACITY_PER_SECOND,
    acceptedP99Ms: p99(seen.accepted),
    refusedP99Ms: p99(seen.refused),
    refusedShare: seen.refused.length / seen.offered,
    lostShare: seen.lost / seen.offered,
    lagP99Ms: seen.lagP99Ms,
  }
}

function p99(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : quantile(values, 0.99)
}
