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
    async load(work) {
      const { Processor } = await import('spillway')
      const processor = new Processor({
        handle: async (item: typeof ITEM) => work(item),
        capacity: QUEUED,
        whenFull: 'block',
        concurrency: CONCURRENCY,
      })
      return async (count) => {
        for (let i = 0; i < count; i++) await processor.enqueue(ITEM)
        await processor.drain()
      }
    },
  },
  [FASTQ_TASKS]: {
    package: 'fastq',
    async load(work) {
      const { default: fastq } = await import('fastq')
      const places = new Places(OUTSTANDING)
      const queue = fastq.promise<unknown, typeof ITEM, void>(async (item) => {
        work(item)
        places.give()
      }, CONCURRENCY)
      return async (count) => {
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
    async load(work) {
      const { default: fastq } = await import('fastq')
      const places = new Places(OUTSTANDING)
      const handle = async (item: typeof ITEM): Promise<void> => work(item)
      const queue = fastq<unknown, typeof ITEM>((item, done) => {
        handle(item).then(() => {
          places.give()
          done(null)
        }, done)
      }, CONCURRENCY)
      return async (count) => {
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
    async load(work) {
      const { default: async } = await import('async')
      const places = new Places(OUTSTANDING)
      const handle = async (item: typeof ITEM): Promise<void> => work(item)
      const queue = async.queue<typeof ITEM>((item, done) => {
        handle(item).then(() => {
          places.give()
          done()
        }, done)
      }, CONCURRENCY)
      return async (count) => {
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
    async load(work) {
      const { default: PQueue } = await import('p-queue')
      const queue = new PQueue({ concurrency: CONCURRENCY })
      return async (count) => {
        for (let i = 0; i < count; i++) {
          void queue.add(async () => work(ITEM))
          await queue.onSizeLessThan(QUEUED)
        }
        await queue.onIdle()
      }
    },
  },
  'p-limit, waiting producer': {
    package: 'p-limit',
    async load(work) {
      const { default: pLimit } = await import('p-limit')
      const limit = pLimit(CONCURRENCY)
      return withWaitingProducer(work, (task) => limit(task), OUTSTANDING)
    },
  },
  'cockatiel bulkhead, waiting producer': {
    package: 'cockatiel',
    async load(work) {
      const { bulkhead } = await import('cockatiel')
      const policy = bulkhead(CONCURRENCY, QUEUED)
      return withWaitingProducer(work, (task) => policy.execute(task), OUTSTANDING)
    },
  },
  'opossum, no queue, waiting producer': {
    package: 'opossum',
    async load(work) {
      const { default: CircuitBreaker } = await import('opossum')
      // It has no queue and refuses at its capacity: the producer keeps ten tasks out, and the breaker has room to spare.
      const breaker = new CircuitBreaker((task: () => Promise<void>) => task(), { capacity: 2 * CONCURRENCY })
      return withWaitingProducer(work, (task) => breaker.fire(task), CONCURRENCY)
    },
  },
  'bottleneck, waiting producer': {
    package: 'bottleneck',
    async load(work) {
      const { default: Bottleneck } = await import('bottleneck')
      const limiter = new Bottleneck({ maxConcurrent: CONCURRENCY })
      return withWaitingProducer(work, (task) => limiter.schedule(task), OUTSTANDING)
    },
  },
  'p-map, pulls from its input': {
    package: 'p-map',
    async load(work) {
      const { default: pMap, pMapSkip } = await import('p-map')
      const skip = async (item: typeof ITEM): Promise<typeof pMapSkip> => {
        work(item)
        return pMapSkip
      }
      return async (count) => {
        await pMap(items(count), skip, { concurrency: CONCURRENCY })
      }
    },
  },
  'effect forEach, pulls from its input': {
    package: 'effect',
    async load(work) {
      const { Effect } = await import('effect')
      const handle = (item: typeof ITEM) => Effect.promise(async () => work(item))
      return (count) =>
        Effect.runPromise(Effect.forEach(items(count), handle, { concurrency: CONCURRENCY, discard: true }))
    },
  },
}

function* items(count: number): Generator<typeof ITEM> {
  for (let i = 0; i < count; i++) yield ITEM
}
