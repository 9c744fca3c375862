/**
 * What Spillway promises about its speed and memory.
 */
import { isGo } from '../harness/benchmark.ts'
import {
  atLeast,
  atLeastByClock,
  atLeastTimes,
  atMost,
  type Budget,
  betterThanEvery,
  combined,
} from '../harness/budgets.ts'
import type { Place } from '../harness/figures.ts'
import { SPILLWAY_AWAITED } from './channel/awaited.ts'
import { EFFECT_TAKE } from './channel/iterators.ts'
import { channelPair } from './channel/pair.ts'
import { FASTQ_PROMISE } from './channel/workers.ts'
import { PERFORMANCE_NOW } from './clock/reading.ts'
import { SPILLWAY_IMPORT } from './import/loading.ts'
import { memoryFlood } from './memory/flood.ts'
import { GO_ALLOW, rateAllow, SPILLWAY_ALLOW } from './rate/allow.ts'
import { FLEXIBLE_KEYED, SPILLWAY_KEYED } from './rate/keyed.ts'
import { FASTQ_TASKS, SPILLWAY_TASKS } from './tasks/contenders.ts'
import { OFFERS_ABOVE_CAPACITY } from './virtual/offers.ts'
import { spillwayWaits } from './waiters/spillway.ts'

const CLOCK: Place = ['clock-reading', PERFORMANCE_NOW]
const ALLOW: Place = ['rate-allow', SPILLWAY_ALLOW]

/** How much slower the bounded send is than the plain one, as a share. */
const slowdown = (bounded: number, plain: number): number => plain / bounded - 1

const ofEvery = (benchmark: string, subjects: Readonly<Record<string, unknown>>): Place[] =>
  Object.keys(subjects).map((subject) => [benchmark, subject])

export const budgets: readonly Budget[] = [
  {
    topics: ['channel', 'clock'],
    what: '`trySend` + `tryReceive`',
    promise: 'at least 25 M/s where the clock reads in 45 ns',
    judge: atLeastByClock(['channel-pair', channelPair.reference], CLOCK, { millions: 25, clockNs: 45 }),
  },
  {
    topics: ['channel'],
    what: 'awaited `send` + `for await`, one producer, one consumer, capacity 1024',
    promise: 'at least 2.0 × Effect `Queue.bounded` offer + take',
    judge: atLeastTimes(['channel-awaited', SPILLWAY_AWAITED], EFFECT_TAKE, 2),
  },
  {
    topics: ['channel'],
    what: 'the same',
    promise: 'at least 1.2 × `fastq.promise`',
    judge: atLeastTimes(['channel-awaited', SPILLWAY_AWAITED], FASTQ_PROMISE, 1.2),
  },
  ...(['timeoutMs', 'signal'] as const).map(
    (bound): Budget => ({
      topics: ['channel'],
      what: `\`${bound}\` on \`send\` when nobody waits`,
      promise: 'costs at most 0.1 of the plain send',
      judge: combined(['channel-bounds', `send(item, { ${bound} })`], ['channel-bounds', 'send(item)'], {
        make: slowdown,
        unit: '',
        most: 0.1,
      }),
    }),
  ),
  {
    topics: ['rate', 'clock'],
    what: '`RateLimiter.allow`',
    promise: 'at most the cost of reading the clock + 20 ns',
    judge: combined(ALLOW, CLOCK, {
      make: (millions, clockNs) => 1000 / millions - clockNs,
      unit: 'ns above the clock',
      most: 20,
    }),
  },
  {
    topics: ['rate'],
    what: '`RateLimiter.allow`',
    promise: 'faster than every npm limiter',
    judge: betterThanEvery(ALLOW, (rival) => {
      const subject = rateAllow.subjects[rival]
      return subject !== undefined && !isGo(subject)
    }),
  },
  {
    topics: ['rate'],
    what: '`RateLimiter.allow`',
    promise: 'faster than Go’s `x/time/rate`',
    judge: betterThanEvery(ALLOW, (rival) => rival === GO_ALLOW),
  },
  {
    topics: ['rate'],
    what: '`KeyedRateLimiter`, 10,000 keys',
    promise: 'at least 2 × rate-limiter-flexible in memory',
    judge: atLeastTimes(['rate-keyed', SPILLWAY_KEYED], FLEXIBLE_KEYED, 2),
  },
  {
    topics: ['tasks'],
    what: '`Processor`, no-op async handler, concurrency 10, waiting producer',
    promise: 'at least 1.3 × `fastq` with the same producer',
    judge: atLeastTimes(['tasks-throughput', SPILLWAY_TASKS], FASTQ_TASKS, 1.3),
  },
  {
    topics: ['tasks'],
    what: 'heap of the same',
    promise: 'flat: less than 1 MB left by a million tasks',
    judge: atMost([['tasks-flatness', SPILLWAY_TASKS]], 'MB', 1),
  },
  {
    topics: ['memory'],
    what: 'a flood of 1,000,000 offers with no consumer',
    promise: 'less than 16 MB beyond the declared capacity',
    judge: atMost(ofEvery('memory-flood', memoryFlood.subjects), 'MB', 16),
  },
  {
    topics: ['waiters'],
    what: '100,000 waiters on one signal, registered and aborted',
    promise: 'less than 300 ms together',
    judge: atMost(ofEvery('waiters-abort', spillwayWaits), 'ms, the slowest', 300),
  },
  {
    topics: ['waiters'],
    what: 'the same',
    promise: 'nothing retained: less than 1 B for each',
    judge: atMost(ofEvery('waiters-retained', spillwayWaits), 'B, the most', 1),
  },
  {
    topics: ['waiters'],
    what: 'the same',
    promise: 'one listener for each signal',
    judge: atMost(ofEvery('waiters-listeners', spillwayWaits), '', 1),
  },
  {
    topics: ['virtual'],
    what: '`Processor` under `VirtualClock`, one core',
    promise: 'at least 1 M offers a second',
    judge: atLeast(['virtual-offers', OFFERS_ABOVE_CAPACITY], 'M/s', 1),
  },
  {
    topics: ['import'],
    what: '`import` of the library',
    promise: 'less than 30 ms',
    judge: atMost([['import-loading', SPILLWAY_IMPORT]], 'ms', 30),
  },
]
