import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aimd } from '../concurrency/aimd.ts'
import { vegas } from '../concurrency/vegas.ts'
import { CRITICALITIES } from '../gate/criticality.ts'
import { forSeconds } from '../insight/for-seconds.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { Settleable } from '../testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Processor, type ProcessorStats } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

interface Item {
  readonly id: number
}

type Work = Settleable<void>

/** What an independent observer saw: callbacks and answers, counted on their own. */
interface Seen {
  asked: number
  accepted: number
  refused: number
  abandoned: number
  delivered: number
  failed: number
  removed: number
}

const shapes: readonly Partial<ProcessorOptions<Item, void>>[] = [
  { whenFull: 'block' },
  { whenFull: 'block', capacity: 0 },
  { whenFull: 'reject', maxQueueMs: 30 },
  { whenFull: 'drop-oldest' },
  { whenFull: 'drop-oldest', orderBy: ({ id }) => `${id % 3}` },
  { whenFull: 'drop-lowest', criticality: ({ id }) => CRITICALITIES[id % 4]! },
  { whenFull: 'block', capacity: { items: 4, weight: 6 }, weigh: ({ id }) => (id % 3) + 0.1 },
  { whenFull: 'block', startRate: { ratePerSecond: 50, burst: 2 }, shedAboveDepth: 3 },
  { whenFull: 'block', capacity: 0, startRate: { ratePerSecond: 50, burst: 2 } },
  { whenFull: 'block', orderBy: ({ id }) => `${id % 2}`, handlerTimeoutMs: 20 },
  { whenFull: 'drop-oldest', concurrency: aimd({ initial: 2, min: 1, max: 3 }), retry: { attempts: 5 } },
  { whenFull: 'block', capacity: forSeconds(0.05, { min: 1, max: 6 }), concurrency: vegas({ initial: 2 }) },
]

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0)

function expectBalance(stats: ProcessorStats) {
  const requests = stats.accepted + sum(stats.refused) + stats.abandoned + stats.waiting
  expect(stats.received).toBe(requests)
  const ended = stats.delivered + sum(stats.evicted) + stats.failed + stats.purged
  expect(stats.accepted).toBe(ended + stats.queued + stats.inFlight + stats.retrying)
  for (const value of [
    stats.waiting,
    stats.queued,
    stats.inFlight,
    stats.retrying,
    stats.stragglers,
    stats.weight,
  ]) {
    expect(value).toBeGreaterThanOrEqual(0)
  }
}

/** One random life of a processor, checked after every step. */
class Life {
  readonly clock = new VirtualClock()
  readonly running: Work[] = []
  readonly signals: AbortController[] = []
  /** Of all callers, also of those who have left. */
  readonly everySignal: AbortSignal[] = []
  readonly seen: Seen = {
    asked: 0,
    accepted: 0,
    refused: 0,
    abandoned: 0,
    delivered: 0,
    failed: 0,
    removed: 0,
  }
  readonly processor: Processor<Item, void>
  #id = 0

  constructor(shape: Partial<ProcessorOptions<Item, void>>, random: () => number) {
    this.processor = new Processor<Item, void>({
      handle: () => {
        const work = new Settleable<void>()
        this.running.push(work)
        return work
      },
      capacity: 3,
      whenFull: 'block',
      concurrency: 2,
      maxWaiting: 4,
      handlerTimeoutMs: 200,
      retry: { attempts: 2, baseMs: 20 },
      onError: () => {
        this.seen.failed++
      },
      onEvict: () => {
        this.seen.removed++
      },
      clock: this.clock,
      random,
      ...shape,
    })
  }

  #caller(): AbortController {
    const controller = new AbortController()
    this.signals.push(controller)
    this.everySignal.push(controller.signal)
    return controller
  }

  ask(timeoutMs: number, finishWithinMs: number | undefined): void {
    const controller = this.#caller()
    this.seen.asked++
    const wait = { signal: controller.signal, timeoutMs, finishWithinMs }
    this.processor.submit({ id: this.#id++ }, wait, {
      accepted: () => {
        this.seen.accepted++
      },
      refused: () => {
        this.seen.refused++
      },
      abandoned: () => {
        this.seen.abandoned++
      },
      delivered: () => {
        this.seen.delivered++
      },
    })
  }

  /** A batch, by promise. */
  askForAll(count: number): void {
    const items = Array.from({ length: count }, () => ({ id: this.#id++ }))
    const controller = this.#caller()
    this.seen.asked += count
    this.processor.enqueueAll(items, { signal: controller.signal, timeoutMs: 15 }).then(
      () => {
        this.seen.accepted += count
      },
      (error: unknown) => {
        this.seen[error === 'gone' ? 'abandoned' : 'refused'] += count
      },
    )
  }

  /** A source, item by item. */
  consume(count: number): void {
    let pulled = 0
    const source = function* (this: Life) {
      for (; pulled < count; this.seen.asked++) {
        pulled++
        yield { id: this.#id++ }
      }
    }
    this.processor.consume(source.call(this)).then(
      () => {
        this.seen.accepted += count
      },
      () => {
        // The last one pulled was refused; its place in the source was left at the yield.
        this.seen.asked++
        this.seen.accepted += pulled - 1
        this.seen.refused++
      },
    )
  }

  step(kind: number, pick: number): void {
    const { processor, running, signals } = this
    if (kind < 4) this.ask([0, 15, Number.POSITIVE_INFINITY][pick % 3]!, pick % 5 === 0 ? 60 : undefined)
    else if (kind === 4) this.clock.advance(pick % 40)
    else if (kind === 5) running.splice(pick % (running.length + 1), 1)[0]?.resolve()
    else if (kind === 6) running.splice(pick % (running.length + 1), 1)[0]?.reject(new Error('work'))
    else if (kind === 7) signals.splice(pick % (signals.length + 1), 1)[0]?.abort('gone')
    else if (kind === 8) processor[pick % 2 ? 'pause' : 'resume']()
    else if (kind === 10) this.askForAll(pick % 5)
    else if (kind === 11) this.consume(pick % 4)
    else if (pick % 7 === 0) processor.purge()
    else if (pick % 31 === 0) processor.close()
    else this.clock.step(-(pick % 5))
  }

  async end(): Promise<void> {
    this.processor.resume()
    this.processor.close()
    for (let turn = 0; turn < 1000 && !this.#atRest(); turn++) {
      for (const work of this.running.splice(0)) work.resolve()
      this.clock.advance(5)
      await promisesSettled()
    }
    await promisesSettled()
  }

  #atRest(): boolean {
    const { waiting, queued, inFlight, retrying, stragglers } = this.processor.stats()
    return waiting + queued + inFlight + retrying + stragglers === 0
  }
}

const steps = fc.array(fc.tuple(fc.nat({ max: 11 }), fc.nat({ max: 1000 })), { minLength: 1, maxLength: 80 })

describe('the ledgers of a Processor', () => {
  it.each(shapes.map((shape, index) => [index, shape] as const))(
    'balance after every step of any life, and agree with what callers saw: shape %i',
    async (_, shape) => {
      await fc.assert(
        fc.asyncProperty(steps, fc.nat(), async (life, seed) => {
          const run = new Life(shape, seededRandom(seed))
          for (const [kind, pick] of life) {
            run.step(kind, pick)
            expectBalance(run.processor.stats())
            if (kind === 11) await promisesSettled()
          }
          await run.end()
          const stats = run.processor.stats()
          expectBalance(stats)
          expect(stats).toMatchObject({ waiting: 0, queued: 0, inFlight: 0, retrying: 0, stragglers: 0 })
          const { seen } = run
          const early = seen.asked - stats.received
          expect(early).toBe(0)
          expect(seen.accepted).toBe(stats.accepted)
          expect(seen.refused).toBe(sum(stats.refused))
          expect(seen.failed).toBe(stats.failed)
          expect(seen.removed).toBe(sum(stats.evicted) + stats.purged)
          expect(seen.delivered).toBeLessThanOrEqual(stats.delivered)
          expect(run.clock.pending).toBe(0)
          expect(run.everySignal.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([])
        }),
        { numRuns: 60 },
      )
    },
  )
})
