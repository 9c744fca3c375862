import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Processor } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

type Options = Partial<ProcessorOptions<string, string>>

/** So many short services are known that most are no longer measured, and free workers are reached the short way. */
const KNOWN_SERVICES = 200

class Subject {
  readonly clock = new VirtualClock()
  readonly seen: string[] = []
  readonly #open: { resolve(value: string): void; reject(error: Error): void }[] = []
  readonly processor: Processor<string, string>
  #asked = 0

  constructor(options: Options) {
    this.processor = new Processor<string, string>({
      handle: (item, { attempt }) => this.#handle(item, attempt),
      capacity: 2,
      whenFull: 'block',
      concurrency: 2,
      maxWaiting: 2,
      clock: this.clock,
      random: () => 0.5,
      onError: (error, item, { attempts }) => this.seen.push(`${item} failed ${attempts}: ${error}`),
      ...options,
    })
  }

  async warmUp(): Promise<void> {
    // Several at once, so that there are jobs to be used again.
    while (this.processor.stats().delivered < KNOWN_SERVICES) {
      for (let i = 0; i < 4; i++) this.processor.offer('known')
      await this.processor.drain()
    }
  }

  #handle(item: string, attempt: number): string | Promise<string> {
    if (item === 'known') return Promise.resolve(item)
    this.seen.push(`${item} started ${attempt}`)
    if (item.endsWith('now')) return item
    if (item.endsWith('throws')) throw new Error('at once')
    return new Promise((resolve, reject) => this.#open.push({ resolve, reject }))
  }

  step(kind: number, pick: number): void {
    const { processor, seen } = this
    const item = `${this.#asked++} ${['later', 'later', 'later', 'now', 'throws'][pick % 5]}`
    const told =
      (what: string) =>
      (answer: unknown): void =>
        void seen.push(`${item} ${what} ${answer}`)
    if (kind < 3) processor.enqueue(item).then(told('placed'), told('refused'))
    else if (kind === 3) told('offered')(processor.offer(item))
    else if (kind === 4) processor.run(item).then(told('done'), told('refused'))
    else if (kind === 5) processor.enqueue(item, { timeoutMs: 5 }).then(told('placed'), told('refused'))
    else if (kind === 6) this.#open.splice(pick % (this.#open.length + 1), 1)[0]?.resolve('done')
    else if (kind === 7) this.#open.splice(pick % (this.#open.length + 1), 1)[0]?.reject(new Error('work'))
    else if (kind === 8) this.clock.advance(pick % 20)
    else if (kind === 9) processor[pick % 2 ? 'pause' : 'resume']()
    else if (pick % 7 === 0) processor.purge()
    else if (pick % 31 === 0) processor.close()
  }
}

const shapes: readonly Options[] = [
  {},
  { whenFull: 'reject' },
  { whenFull: 'drop-oldest', capacity: 0 },
  { retry: { attempts: 2, baseMs: 10 } },
  { retry: { attempts: 3, baseMs: 30 }, capacity: 0 },
  { concurrency: 1, shedAboveDepth: 1 },
  { concurrency: Number.POSITIVE_INFINITY },
]

const steps = fc.array(fc.tuple(fc.nat({ max: 10 }), fc.nat({ max: 1000 })), { minLength: 1, maxLength: 60 })

describe('the short way to a free worker', () => {
  it.each(shapes.map((shape, index) => [index, shape] as const))(
    'any item fares as it does the long way (shape %i)',
    async (_index, shape) => {
      await fc.assert(
        fc.asyncProperty(steps, async (events) => {
          const short = new Subject(shape)
          const long = new Subject({ ...shape, weigh: () => 1 })
          await short.warmUp()
          await long.warmUp()
          for (const [kind, pick] of events) {
            for (const subject of [short, long]) subject.step(kind, pick)
            expect(short.processor.stats()).toEqual(long.processor.stats())
            await promisesSettled()
            expect(short.seen).toEqual(long.seen)
            if (!shape.retry) expect(short.seen.filter((each) => each.endsWith('started 2'))).toEqual([])
          }
        }),
        { numRuns: 100 },
      )
    },
    60_000,
  )

  it('keeps nothing of an item that has been delivered', async () => {
    const subject = new Subject({})
    await subject.warmUp()
    const kept: WeakRef<object>[] = []
    const objects = new Processor<object, void>({
      handle: async () => {},
      capacity: 1,
      whenFull: 'reject',
      concurrency: 1,
      clock: subject.clock,
    })
    const work = async (): Promise<void> => {
      const item = {}
      kept.push(new WeakRef(item))
      await objects.enqueue(item)
    }
    for (let i = 0; i < KNOWN_SERVICES; i++) await work()
    await objects.drain()
    expect(objects.stats().delivered).toBe(KNOWN_SERVICES)
    setFlagsFromString('--expose-gc')
    const collectGarbage: () => void = runInNewContext('gc')
    // A turn of the event loop: a weak reference is kept alive to the end of the turn that made it.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect(kept.filter((each) => each.deref() !== undefined)).toEqual([])
  })
})
