/**
 * Question: how does that compare with other packages that take a signal?
 * Workload: 10,000 waiters on one signal (100,000 would take some of them a minute), registered, aborted, awaited.
 * Read it as: milliseconds for the whole crowd. Where it grows with the square of the crowd, ten times as many take
 *   a hundred times as long.
 */
import type { Benchmark } from '../../harness/benchmark.ts'
import { gatherings, type WaitFor } from './crowd.ts'
import { spillwayWaits } from './spillway.ts'

const CROWD = { full: 10_000, quick: 5000 } as const

const peers: Readonly<Record<string, readonly [string | undefined, () => Promise<WaitFor>]>> = {
  'p-queue add': [
    'p-queue',
    async () => {
      const { default: PQueue } = await import('p-queue')
      const queue = new PQueue({ concurrency: 1, autoStart: false })
      return (signal) => queue.add(() => {}, { signal })
    },
  ],
  'p-throttle, one signal for all calls': [
    'p-throttle',
    async () => {
      const { default: pThrottle } = await import('p-throttle')
      const bySignal = new WeakMap<AbortSignal, () => Promise<void>>()
      return (signal) => {
        let throttled = bySignal.get(signal)
        if (!throttled) {
          throttled = pThrottle({ limit: 1, interval: 10_000, signal })(async () => {})
          bySignal.set(signal, throttled)
          // The first call goes ahead at once; the crowd waits behind it.
          void throttled()
        }
        return throttled()
      }
    },
  ],
  'it-pushable onEmpty': [
    'it-pushable',
    async () => {
      const { pushable } = await import('it-pushable')
      const source = pushable<number>({ objectMode: true })
      source.push(0)
      return (signal) => source.onEmpty({ signal })
    },
  ],
  'effect Queue.offer, a fiber for each': [
    'effect',
    async () => {
      const { Effect, Queue } = await import('effect')
      const queue = Effect.runSync(Queue.bounded<number>(1))
      Queue.offerUnsafe(queue, 0)
      return (signal) => Effect.runPromise(Queue.offer(queue, 1), { signal })
    },
  ],
  'timers/promises setTimeout': [
    undefined,
    async () => {
      const { setTimeout } = await import('node:timers/promises')
      return (signal) => setTimeout(60_000, undefined, { signal })
    },
  ],
}

export const waitersPeers: Benchmark = {
  topic: 'waiters',
  name: 'waiters-peers',
  metric: { unit: 'ms', better: 'lower' },
  reference: 'Spillway Channel.send',
  maxRounds: 3,
  subjects: {
    ...Object.fromEntries(
      Object.entries(spillwayWaits).map(([name, load]) => [name, gatherings('spillway', load, CROWD)]),
    ),
    ...Object.fromEntries(
      Object.entries(peers).map(([name, [packageName, load]]) => [
        name,
        gatherings(packageName, load, CROWD),
      ]),
    ),
  },
}
