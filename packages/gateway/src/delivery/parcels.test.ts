import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { streamSettings } from '../config/stream-settings.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { DELIVERED, type DeliveryOutcome, type Sink } from '../sinks/sink.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import { EventStream } from './event-stream.ts'
import { parcelSize } from './parcels.ts'

const FILE = {
  ...{ class: 'best-effort', store: 'memory', window: { items: 10_000 }, whenFull: 'block' },
  ...{ retry: { baseMs: 10, maxMs: 10 }, sink: { type: 'file', path: '/dev/null' } },
}

/** A sink that takes many, and answers when it is told to. */
class HeldSink implements Sink {
  readonly takesMany = true
  readonly parcels: number[] = []
  readonly delivered: string[] = []
  readonly #answers: ((outcome: DeliveryOutcome) => void)[] = []
  #inHand = 0
  mostInHand = 0

  async deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    this.parcels.push(events.length)
    this.#inHand += events.length
    this.mostInHand = Math.max(this.mostInHand, this.#inHand)
    const outcome = await new Promise<DeliveryOutcome>((resolve) => this.#answers.push(resolve))
    this.#inHand -= events.length
    if (outcome === DELIVERED) this.delivered.push(...events.map(({ id }) => id))
    return outcome
  }

  /** Answers all that is asked. */
  answer(outcome: DeliveryOutcome = DELIVERED): void {
    for (const answer of this.#answers.splice(0)) answer(outcome)
  }

  async close(): Promise<void> {
    this.answer()
  }
}

let clock: VirtualClock
let sink: HeldSink

async function open(more: object = {}): Promise<EventStream> {
  const settings = streamSettings.parse({ ...FILE, ...more })
  const wallNowMs = (): number => clock.nowMs()
  const engine = new MemoryStore({ wallNowMs })
  const { backlog, deadLetters } = settings
  const store = await engine.openStream('s', { backlog, deadLetters })
  const stream = new EventStream({
    ...{ name: 's', settings, engine, store, sink, clock, wallNowMs, random: () => 0.5 },
    onTrouble() {},
    onDeadLettersFull() {},
    onTimeBomb() {},
    onFault: (error) => {
      throw error
    },
  })
  await stream.start()
  return stream
}

async function give(stream: EventStream, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, index) => `e${index}`)
  const payload = Buffer.from('{}')
  await stream.take(
    ids.map((id) => ({ id, receivedAtMs: 0, tenant: '', contentType: 'application/json', payload })),
  )
  return ids
}

async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise(setImmediate)
}

function balance({
  accepted,
  delivered,
  queued,
  inFlight,
  retrying,
  deadLettered,
}: ReturnType<EventStream['counts']>) {
  return accepted - delivered - queued - inFlight - retrying - deadLettered
}

beforeEach(() => {
  clock = new VirtualClock()
  sink = new HeldSink()
})

describe('events that go to the sink together', () => {
  it('are as many as make no other difference', () => {
    const size = (more: object, takesMany = true): number =>
      parcelSize(streamSettings.parse({ ...FILE, ...more }), takesMany)
    expect(size({})).toBe(64)
    expect(size({ concurrency: 160 })).toBe(10)
    expect(size({ window: { items: 320 } })).toBe(20)
    const oneByOne = [
      { concurrency: 1 },
      { concurrency: { min: 1, max: 1024 } },
      { window: { items: 10 } },
      { orderBy: '/key' },
      { rate: { ratePerSecond: 10, burst: 1 } },
      { whenFull: 'drop-oldest' },
    ]
    for (const more of oneByOne) expect([more, size(more)]).toEqual([more, 1])
    expect(size({}, false)).toBe(1)
  })

  it('are delivered in order, each counted, never more at once than concurrency says', async () => {
    const stream = await open({ concurrency: 200 })
    const ids = await give(stream, 5000)
    while (sink.delivered.length < ids.length) {
      await turns()
      expect(balance(stream.counts())).toBe(0)
      expect(stream.counts().inFlight).toBeLessThanOrEqual(200)
      sink.answer()
    }
    await turns()
    expect(sink.delivered).toEqual(ids)
    expect(Math.max(...sink.parcels)).toBe(12)
    expect(sink.mostInHand).toBeLessThanOrEqual(200)
    expect(stream.counts()).toMatchObject({ accepted: 5000, delivered: 5000, queued: 0, inFlight: 0 })
  })

  it('are tried again one by one when the sink fails, and none is lost or counted twice', async () => {
    const stream = await open()
    const ids = await give(stream, 100)
    await turns()
    expect(sink.parcels).toEqual([64, 36])
    sink.answer({ kind: 'again', cause: new Error('no space left on device') })
    await turns()
    expect(stream.counts()).toMatchObject({ retrying: 100, inFlight: 0, queued: 0 })
    while (sink.delivered.length < ids.length) {
      clock.advance(1000)
      await turns()
      expect(balance(stream.counts())).toBe(0)
      sink.answer()
    }
    await turns()
    expect([...sink.delivered].sort()).toEqual([...ids].sort())
    expect(stream.counts()).toMatchObject({ delivered: 100, retrying: 0, inFlight: 0 })
    expect(stream.sinkFailures).toBe(100)
  })

  it('keep a rate that an operator sets while they wait: what was together is paid for afterwards', async () => {
    const stream = await open({ concurrency: 1024 })
    await give(stream, 4000)
    await turns()
    const before = sink.parcels.reduce((sum, length) => sum + length, 0)
    expect(before).toBe(1024)
    stream.change({ rate: { ratePerSecond: 100, burst: 10 } })
    for (let second = 0; second < 20; second++) {
      sink.answer()
      await turns()
      clock.advance(1000)
    }
    sink.answer()
    await turns()
    const within = sink.delivered.length - before
    // 20 seconds of 100, the burst, and at most one parcel ahead of it.
    expect(within).toBeGreaterThanOrEqual(1900)
    expect(within).toBeLessThanOrEqual(2010 + 64)
  })

  it.each([1, 20, 100])(
    'exceed a lower concurrency by less than a parcel until those before it are through (%i)',
    async (concurrency) => {
      const stream = await open({ concurrency: 1024 })
      const ids = await give(stream, 5000)
      await turns()
      stream.change({ concurrency })
      // What the sink has already it can't be asked to give back.
      sink.answer()
      sink.mostInHand = 0
      while (stream.counts().queued > 0) {
        await turns(2)
        sink.answer()
      }
      expect(sink.mostInHand).toBeGreaterThan(concurrency)
      expect(sink.mostInHand).toBeLessThan(concurrency + 64)
      await turns()
      sink.mostInHand = 0
      ids.push(...(await give(stream, 1000)))
      while (sink.delivered.length < ids.length) {
        await turns(2)
        sink.answer()
      }
      expect(sink.mostInHand).toBeLessThanOrEqual(concurrency)
      expect(sink.delivered).toEqual(ids)
    },
  )

  it('go on when an operator lowers concurrency below what is together, and raises it again', async () => {
    const stream = await open({ concurrency: 1024 })
    const ids = await give(stream, 4000)
    await turns()
    stream.change({ concurrency: 1 })
    for (let i = 0; i < 100; i++) {
      sink.answer()
      await turns(4)
    }
    expect(stream.stats().concurrency).toBe(1)
    stream.change({ concurrency: 1024 })
    while (sink.delivered.length < ids.length) {
      sink.answer()
      await turns(4)
    }
    expect(sink.delivered).toEqual(ids)
  })
})
