/**
 * The task runners under comparison, each used as its README recommends, with
 * the waiting producer added where the package has none.
 */
import { ITEM, Places } from '../waiting-producer.ts'
import { CONCURRENCY, type Contender, OUTSTANDING, QUEUED, withWaitingProducer } from './runner.ts'

/** The subject the promises are made about, and whom it is compared with. */
export const SPILLWAY_TASKS = 'Spillway Processor.enqueue'
export const FASTQ_TASKS = 'fastq.promise, waiting producer'

export const contenders: Readonly<Record<string, Contender>> = {
  [SPILLWAY_TASKS]: {
    package: 'spillway',
    async load() {
      const { Processor } = await import('spillway')
      return async (count, handle) => {
        const processor = new Processor({
          handle,
          capacity: QUEUED,
          whenFull: 'block',
          concurrency: CONCURRENCY,
        })
        for (let i = 0; i < count; i++) await processor.enqueue(ITEM)
        await processor.drain()
      }
    },
  },
  [FASTQ_TASKS]: {
    package: 'fastq',
    async load() {
      const { default: fastq } = await import('fastq')
      return async (count, handle) => {
        const places = new Places(OUTSTANDING)
        const queue = fastq.promise<unknown, typeof ITEM, void>(async (item) => {
          await handle(item)
          places.give()
        }, CONCURRENCY)
        for (let i = 0; i < count; i++) {
          void queue.push(ITEM)
          await places.fill()
        }
        await queue.drained()
      }
    },
  },
  'fastq callback, waiting producer': {
    package: 'fastq',
    async load() {
      const { default: fastq } = await import('fastq')
      return async (count, handle) => {
        const places = new Places(OUTSTANDING)
        const queue = fastq<unknown, typeof ITEM>((item, done) => {
          handle(item).then(() => {
            places.give()
            done(null)
          }, done)
        }, CONCURRENCY)
        for (let i = 0; i < count; i++) {
          queue.push(ITEM)
          await places.fill()
        }
        if (queue.idle()) return
        await new Promise<void>((resolve) => {
          queue.drain = resolve
        })
      }
    },
  },
  'async.queue, waiting producer': {
    package: 'async',
    async load() {
      const { default: async } = await import('async')
      return async (count, handle) => {
        const places = new Places(OUTSTANDING)
        const queue = async.queue<typeof ITEM>((item, done) => {
          handle(item).then(() => {
            places.give()
            done()
          }, done)
        }, CONCURRENCY)
        for (let i = 0; i < count; i++) {
          queue.push(ITEM, () => {})
          await places.fill()
        }
        if (!queue.idle()) await queue.drain()
      }
    },
  },
  'p-queue onSizeLessThan': {
    package: 'p-queue',
    async load() {
      const { default: PQueue } = await import('p-queue')
      return async (count, handle) => {
        const queue = new PQueue({ concurrency: CONCURRENCY })
        for (let i = 0; i < count; i++) {
          void queue.add(() => handle(ITEM))
          await queue.onSizeLessThan(QUEUED)
        }
        await queue.onIdle()
      }
    },
  },
  'p-limit, waiting producer': {
    package: 'p-limit',
    async load() {
      const { default: pLimit } = await import('p-limit')
      const limit = pLimit(CONCURRENCY)
      return withWaitingProducer((task) => limit(task), OUTSTANDING)
    },
  },
  'cockatiel bulkhead, waiting producer': {
    package: 'cockatiel',
    async load() {
      const { bulkhead } = await import('cockatiel')
      const policy = bulkhead(CONCURRENCY, QUEUED)
      return withWaitingProducer((task) => policy.execute(task), OUTSTANDING)
    },
  },
  'opossum, capacity 10, no queue, waiting producer': {
    package: 'opossum',
    async load() {
      const { default: CircuitBreaker } = await import('opossum')
      const breaker = new CircuitBreaker((task: () => Promise<void>) => task(), { capacity: 2 * CONCURRENCY })
      return withWaitingProducer((task) => breaker.fire(task), CONCURRENCY)
    },
  },
  'bottleneck, waiting producer': {
    package: 'bottleneck',
    async load() {
      const { default: Bottleneck } = await import('bottleneck')
      const limiter = new Bottleneck({ maxConcurrent: CONCURRENCY })
      return withWaitingProducer((task) => limiter.schedule(task), OUTSTANDING)
    },
  },
  'p-map, pulls from its input': {
    package: 'p-map',
    async load() {
      const { default: pMap, pMapSkip } = await import('p-map')
      return async (count, handle) => {
        const skip = async (item: typeof ITEM): Promise<typeof pMapSkip> => {
          await handle(item)
          return pMapSkip
        }
        await pMap(items(count), skip, { concurrency: CONCURRENCY })
      }
    },
  },
  'effect forEach, pulls from its input': {
    package: 'effect',
    async load() {
      const { Effect } = await import('effect')
      return (count, handle) => {
        const work = (item: typeof ITEM) => Effect.promise(() => handle(item))
        return Effect.runPromise(
          Effect.forEach(items(count), work, { concurrency: CONCURRENCY, discard: true }),
        )
      }
    },
  },
}

function* items(count: number): Generator<typeof ITEM> {
  for (let i = 0; i < count; i++) yield ITEM
}
