/**
 * Every policy by its name.
 *
 * Sizes follow from the standard server: 800 requests a second, clients that
 * wait 200 ms, 92 ms of service for one request in a hundred.
 */
import { aimd, gradient, vegas } from 'spillway'
import { adaptiveLifo, codel, fifo, learning, limiterDefaults } from './limiter-policies.ts'
import {
  fixedCount,
  millionBuffer,
  parkedInWait,
  unboundedQueue,
  unboundedSpawn,
  waitWithoutDeadline,
} from './naive-policies.ts'
import type { MakePolicy } from './policy.ts'
import { shedByImportance } from './priority-policies.ts'
import { boundedBlocking, dropNewest, processorWithBudget, rateLimited } from './processor-policies.ts'

/** `wrong`: shown failing; `right`: the known good patterns; `spillway`: the defaults; `reference`: for comparison. */
export type PolicyKind = 'wrong' | 'right' | 'spillway' | 'reference'

/** A policy of the lab. */
export interface NamedPolicy {
  readonly kind: PolicyKind
  /** One sentence for the report. */
  readonly about: string
  readonly make: MakePolicy
}

/** The places of which the last is still served in time: 800/s × (200 ms − 92 ms). */
const PLACES = 86

/** The policies, in the order of the report. */
export const POLICIES: Readonly<Record<string, NamedPolicy>> = {
  'unbounded-spawn': {
    kind: 'wrong',
    about: 'a task for each request: what cannot run yet queues in the server, without a bound',
    make: unboundedSpawn(),
  },
  'unbounded-queue': {
    kind: 'wrong',
    about: 'a list without a bound before the workers',
    make: unboundedQueue(),
  },
  'wait-without-deadline': {
    kind: 'wrong',
    about: 'a small buffer, and everybody waits for a place in it for ever',
    make: waitWithoutDeadline(16),
  },
  'parked-in-wait': {
    kind: 'wrong',
    about: 'a rate limiter that parks everybody and turns nobody away',
    make: parkedInWait(),
  },
  'million-buffer': { kind: 'wrong', about: 'a buffer of a million places', make: millionBuffer() },
  'slow-consumer': {
    kind: 'wrong',
    about: 'a count of places sized once, for the speed that the consumer had then',
    make: fixedCount(PLACES),
  },
  'bounded-blocking': {
    kind: 'right',
    about: 'a queue of 16; who finds it full waits 20 ms for a place, then gives up',
    make: boundedBlocking(16, 20),
  },
  'drop-newest': {
    kind: 'right',
    about: 'a queue of 16; who finds it full is refused and counted',
    make: dropNewest(16),
  },
  'rate-limited': {
    kind: 'right',
    about: 'a token bucket at 0.98 of the capacity, then a queue of 64',
    make: rateLimited(0.98, 64),
  },
  processor: {
    kind: 'spillway',
    about: 'a Processor told each budget: what cannot end in time is refused on arrival',
    make: processorWithBudget(),
  },
  limiter: {
    kind: 'spillway',
    about: 'a ConcurrencyLimiter as it comes, told limit and budget',
    make: limiterDefaults(),
  },
  aimd: {
    kind: 'spillway',
    about:
      'a limit that learns: one more with each success, a tenth less with what took 60 ms, three times the mean',
    make: learning(() => aimd({ timeoutMs: 60 })),
  },
  vegas: { kind: 'spillway', about: 'a limit that learns from the queue behind it', make: learning(vegas) },
  gradient: {
    kind: 'spillway',
    about: 'a limit that learns from the trend of latency',
    make: learning(gradient),
  },
  'by-importance': {
    kind: 'spillway',
    about: 'a PriorityShedder before a limiter: the least important is shed first',
    make: shedByImportance(),
  },
  'count-160': { kind: 'reference', about: 'as many places as clients are patient', make: fifo(160) },
  'count-16': { kind: 'reference', about: '20 ms of work', make: fifo(16) },
  codel: { kind: 'reference', about: 'CoDel at the turn, 5 ms and 100 ms', make: codel(5, 100) },
  'adaptive-lifo': { kind: 'reference', about: 'newest first while the queue stands', make: adaptiveLifo() },
}

/** The names of all policies. */
export const POLICY_NAMES: readonly string[] = Object.keys(POLICIES)

/** The policy called `name`. @throws Error when there is none */
export function policyNamed(name: string): NamedPolicy {
  const policy = POLICIES[name]
  if (!policy) throw new Error(`there is no policy "${name}"; the lab knows ${POLICY_NAMES.join(', ')}`)
  return policy
}
