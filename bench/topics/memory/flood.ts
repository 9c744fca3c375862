/**
 * Question: does the heap stay bounded when a million offers find no consumer?
 * Workload: a capacity of 1,000 (of 10,000 keys), a million offers, each of what is refused let go of, the event loop
 *   given a turn every 10,000; the heap after a full collection, before and after.
 * Read it as: MB kept beyond what was there before the first offer, the declared capacity included.
 */
import type { Benchmark, NodeSubject, Scale } from '../../harness/benchmark.ts'
import { usedBytes } from '../../harness/measure.ts'
import { ITEM, type Item } from '../waiting-producer.ts'
import { memoryBenchmark } from './kept.ts'

const OFFERS: Readonly<Record<Scale, number>> = { full: 1_000_000, quick: 100_000 }
const TURN_EVERY = 10_000
const CAPACITY = 1000
const MB = 1e6

/** Offers once; what it returns must stay alive until the end. */
type Offer = (turn: number) => unknown

export const memoryFlood: Benchmark = {
  ...memoryBenchmark,
  name: 'memory-flood',
  metric: { unit: 'MB', better: 'lower' },
  maxRounds: 1,
  reference: 'Spillway Channel.trySend',
  subjects: {
    'Spillway Channel.trySend': flood(async () => {
      const { Channel } = await import('spillway')
      const channel = new Channel<Item>({ capacity: CAPACITY })
      return () => channel.trySend(ITEM)
    }),
    'Spillway Channel.send': flood(async () => {
      const { Channel } = await import('spillway')
      const channel = new Channel<Item>({ capacity: CAPACITY })
      return () => void channel.send(ITEM).catch(refused)
    }),
    'Spillway RateLimiter.wait': flood(async () => {
      const { RateLimiter } = await import('spillway')
      const limiter = new RateLimiter({ ratePerSecond: 1 / 3600, burst: 1 })
      return () => void limiter.wait().catch(refused)
    }),
    'Spillway KeyedRateLimiter.allow, a million keys': flood(async () => {
      const { KeyedRateLimiter } = await import('spillway')
      const limiter = new KeyedRateLimiter({ ratePerSecond: 1 / 3600, burst: 1, maxKeys: 10_000 })
      return (turn) => limiter.allow(`client-${turn}`)
    }),
    'Spillway Processor.offer': flood(async () => {
      const { Processor } = await import('spillway')
      const processor = new Processor<Item, void>({
        handle: () => new Promise(() => {}),
        capacity: CAPACITY,
        whenFull: 'reject',
        concurrency: 1,
      })
      return () => processor.offer(ITEM)
    }),
    'Spillway Processor.enqueue': flood(async () => {
      const { Processor } = await import('spillway')
      const processor = new Processor<Item, void>({
        handle: () => new Promise(() => {}),
        capacity: CAPACITY,
        whenFull: 'block',
        concurrency: 1,
      })
      return () => void processor.enqueue(ITEM).catch(refused)
    }),
  },
}

function refused(): void {}

function flood(open: () => Promise<Offer>): NodeSubject {
  return {
    package: 'spillway',
    async measure(scale) {
      const offer = await open()
      const before = await usedBytes()
      for (let turn = 0; turn < OFFERS[scale]; turn++) {
        offer(turn)
        if (turn % TURN_EVERY === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      const kept = (await usedBytes()) - before
      offer(OFFERS[scale])
      return kept / MB
    },
  }
}
