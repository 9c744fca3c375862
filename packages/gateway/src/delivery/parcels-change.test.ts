import fc from 'fast-check'
import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { streamSettings } from '../config/stream-settings.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import type { StreamChange } from '../protocol/state.ts'
import { DELIVERED, type DeliveryOutcome, type Sink } from '../sinks/sink.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import { EventStream } from './event-stream.ts'

type Answer = (outcome: DeliveryOutcome) => void

/** A sink that takes many, and answers whom it is told to. */
class HeldSink implements Sink {
  readonly takesMany = true
  readonly delivered = new Map<string, number>()
  #asked: { readonly ids: readonly string[]; readonly answer: Answer }[] = []

  deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    const ids = events.map(({ id }) => id)
    return new Promise((answer) => this.#asked.push({ ids, answer }))
  }

  /** Answers every so many of those who asked. */
  answer(every: number, outcome: DeliveryOutcome): void {
    const asked = this.#asked
    this.#asked = asked.filter((_, i) => i % every !== 0)
    for (const { ids, answer } of asked.filter((_, i) => i % every === 0)) {
      if (outcome === DELIVERED)
        for (const id of ids) this.delivered.set(id, (this.delivered.get(id) ?? 0) + 1)
      answer(outcome)
    }
  }

  async close(): Promise<void> {
    this.answer(1, { kind: 'again', cause: new Error('closed') })
  }
}

const AGAIN: DeliveryOutcome = { kind: 'again', cause: new Error('no') }
const ABSENT: DeliveryOutcome = { kind: 'again', cause: new Error('away'), isAbsent: true }

type Step =
  | { readonly give: number; readonly bytes: number }
  | { readonly answer: DeliveryOutcome; readonly every: number }
  | { readonly advanceMs: number }
  | { readonly change: StreamChange }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ give: fc.integer({ min: 1, max: 300 }), bytes: fc.constantFrom(2, 2, 50, 5000) }),
  fc.record({
    answer: fc.constantFrom(DELIVERED, DELIVERED, AGAIN, ABSENT),
    every: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ advanceMs: fc.integer({ min: 1, max: 2000 }) }),
  fc.record({
    change: fc.oneof(
      fc.record({
        concurrency: fc.oneof(fc.constantFrom(1, 2, 16, 40, 1024), fc.constant({ min: 1, max: 64 })),
      }),
      fc.record({ windowItems: fc.constantFrom(2000, 2001, 2500, 10_000) }),
      fc.record({ rate: fc.constantFrom(null, { ratePerSecond: 1000, burst: 5 }) }),
      fc.record({ paused: fc.boolean() }),
    ),
  }),
)

/** A stream to a held sink, and what it was given. */
class Bench {
  readonly clock = new VirtualClock()
  readonly sink = new HeldSink()
  given = 0
  readonly #stream: EventStream

  constructor(stream: (bench: Bench) => EventStream) {
    this.#stream = stream(this)
  }

  static async open(): Promise<Bench> {
    const settings = streamSettings.parse({
      ...{ class: 'best-effort', store: 'memory', window: { items: 2000, bytes: 8000 }, whenFull: 'reject' },
      ...{ retry: { baseMs: 10, maxMs: 100 }, concurrency: 256, sink: { type: 'file', path: '/dev/null' } },
    })
    let nowMs = (): number => 0
    const engine = new MemoryStore({ wallNowMs: () => nowMs() })
    const { backlog, deadLetters } = settings
    const store = await engine.openStream('s', { backlog: { ...backlog, bytes: 1e9 }, deadLetters })
    const bench = new Bench(({ clock, sink }) => {
      nowMs = () => clock.nowMs()
      const parts = { name: 's', settings, engine, store, sink, clock, wallNowMs: nowMs, random: () => 0.5 }
      return new EventStream({
        ...parts,
        onTrouble() {},
        onDeadLettersFull() {},
        onTimeBomb() {},
        onFault: (error) => {
          throw error
        },
      })
    })
    await bench.#stream.start()
    return bench
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  get counts(): ReturnType<EventStream['counts']> {
    return this.#stream.counts()
  }

  async run(what: Step): Promise<void> {
    if ('give' in what) await this.#give(what.give, what.bytes)
    else if ('answer' in what) this.sink.answer(what.every, what.answer)
    else if ('advanceMs' in what) this.clock.advance(what.advanceMs)
    else this.#stream.change(what.change)
    for (let i = 0; i < 10; i++) {
      this.check()
      await Promise.resolve()
    }
    await new Promise(setImmediate)
    this.check()
  }

  check(): void {
    const { accepted, delivered, deadLettered, queued, inFlight, retrying } = this.counts
    expect(delivered + deadLettered + queued + inFlight + retrying).toBe(accepted)
    expect(Math.min(queued, inFlight, retrying)).toBeGreaterThanOrEqual(0)
  }

  async #give(give: number, bytes: number): Promise<void> {
    const common = { receivedAtMs: this.clock.nowMs(), tenant: '', contentType: 'text/plain' }
    const payload = Buffer.alloc(bytes)
    const events = Array.from({ length: give }, (_, i) => ({ ...common, id: `${this.given + i}`, payload }))
    const { accepted } = await this.#stream.take(events).catch(() => ({ accepted: 0 }))
    this.given += accepted
  }
}

it('events are counted at any instant and delivered once, whatever an operator changes and the sink says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const bench = await Bench.open()
      for (const each of steps) await bench.run(each)
      await bench.run({ change: { paused: false, rate: null, concurrency: 256 } })
      for (let i = 0; i < 2000 && bench.counts.delivered + bench.counts.deadLettered < bench.given; i++) {
        await bench.run({ answer: DELIVERED, every: 1 })
        await bench.run({ advanceMs: 1000 })
      }
      expect(bench.counts).toMatchObject({ queued: 0, inFlight: 0, retrying: 0 })
      expect(bench.sink.delivered.size).toBe(bench.counts.delivered)
      expect([...bench.sink.delivered.values()].filter((times) => times !== 1)).toEqual([])
    }),
    { numRuns: 20 },
  )
})

it('an event that is being tried again is in flight, and no longer waits for that', async () => {
  const bench = await Bench.open()
  await bench.run({ give: 1, bytes: 2 })
  await bench.run({ answer: AGAIN, every: 1 })
  expect(bench.counts).toMatchObject({ queued: 0, inFlight: 0, retrying: 1 })
  await bench.run({ advanceMs: 100 })
  expect(bench.counts).toMatchObject({ queued: 0, inFlight: 1, retrying: 0 })
  await bench.run({ answer: DELIVERED, every: 1 })
  expect(bench.counts).toMatchObject({ delivered: 1, queued: 0, inFlight: 0, retrying: 0 })
})

it('events that a stop gives up together stay in the backlog, and those that the sink had taken do not', async () => {
  const bench = await Bench.open()
  await bench.run({ give: 600, bytes: 2 })
  const { inFlight } = bench.counts
  expect(inFlight).toBeGreaterThan(200)
  bench.sink.answer(3, DELIVERED)
  const { size } = bench.sink.delivered
  const closed = bench.close()
  bench.check()
  await closed
  expect(bench.counts).toMatchObject({ delivered: size, inFlight: 0, retrying: 0, queued: 600 - size })
})
