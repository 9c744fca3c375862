import { VirtualClock } from 'spillway/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DiagnosisState } from '../protocol/state.ts'
import { diagnoseStream, type StreamFacts } from './diagnosis.ts'
import { StreamWatch } from './stream-watch.ts'

const STEP_MS = 5
const SINK = { type: 'http', target: 'http://sink', status: 'ok', consecutiveFailures: 0 } as const

/** A stream in virtual time: a queue, workers, and what comes. */
class Stream {
  readonly #clock = new VirtualClock()
  readonly #watch = new StreamWatch(this.#clock)
  readonly #busyUntilMs: number[] = []
  readonly maxItems: number
  readonly concurrency: number
  /** How many events a request brings. */
  readonly batch: number
  queued = 0
  dropped = 0
  #owed = 0

  constructor(maxItems: number, concurrency: number, batch = 1) {
    this.maxItems = maxItems
    this.concurrency = concurrency
    this.batch = batch
  }

  /** Events a second arrive and each takes so long, for some time. */
  async run(seconds: number, inboundPerSecond: number, serviceMs: number): Promise<void> {
    const untilMs = this.#clock.nowMs() + 1000 * seconds
    while (this.#clock.nowMs() < untilMs) {
      this.#clock.advance(STEP_MS)
      this.#owed += (inboundPerSecond * STEP_MS) / 1000
      for (; this.#owed >= this.batch; this.#owed -= this.batch) this.#arrive()
      this.#work(serviceMs)
      await Promise.resolve()
    }
  }

  diagnose(more: Partial<StreamFacts> = {}): DiagnosisState {
    const { length: inFlight } = this.#busyUntilMs
    return diagnoseStream({
      bins: this.#watch.bins(),
      settings: { rate: null, concurrency: this.concurrency },
      concurrencyLimit: this.concurrency,
      maxItems: this.maxItems,
      isStored: true,
      pushesOut: false,
      trouble: undefined,
      paused: [],
      queued: this.queued,
      inFlight,
      retrying: 0,
      deadLetters: 0,
      sink: { ...SINK, lastSuccessAtMs: undefined, lastFailure: undefined },
      downForMs: 0,
      standstillMs: this.#watch.standstillMs(),
      serviceP99Ms: 0,
      ...more,
    })
  }

  #arrive(): void {
    // Refused on its headers: how many events it had is not told.
    if (this.queued + this.batch > this.maxItems) {
      this.dropped += this.batch
      this.#watch.refused('ERR_QUEUE_FULL')
    } else {
      this.queued += this.batch
      this.#watch.brought(this.batch)
      this.#watch.took(this.batch)
    }
  }

  #work(serviceMs: number): void {
    const nowMs = this.#clock.nowMs()
    while (this.#busyUntilMs.length > 0 && this.#busyUntilMs[0]! <= nowMs) {
      this.#busyUntilMs.shift()
      this.#watch.left(1)
    }
    while (this.queued > 0 && this.#busyUntilMs.length < this.concurrency) {
      this.queued--
      this.#busyUntilMs.push(nowMs + serviceMs)
      this.#busyUntilMs.sort((a, b) => a - b)
      this.#watch.began()
    }
  }
}

let stream: Stream

beforeEach(() => {
  // 8 at once of 20 ms each: 400 a second.
  stream = new Stream(1000, 8)
})

describe('the diagnosis of a stream', () => {
  it('is healthy while everything is delivered as it comes', async () => {
    expect(stream.diagnose().sentence).toBe('Nothing arrives, and nothing waits.')
    await stream.run(60, 250, 20)
    expect(stream.diagnose()).toMatchObject({
      verdict: 'healthy',
      sentence: 'Events are delivered as they come.',
      evidence: [],
      remedy: '',
    })
  })

  it('says that more arrives than the sink takes, when the inflow rises for long', async () => {
    await stream.run(60, 250, 20)
    await stream.run(30, 900, 20)
    expect(stream.dropped).toBeGreaterThan(1000)
    const { verdict, sentence, evidence, remedy, shares } = stream.diagnose()
    expect(verdict).toBe('inbound-above-capacity')
    expect(sentence).toBe('900/s arrive and the sink takes 400/s: what finds no place is refused.')
    expect(evidence[0]).toMatch(/^(9\d\d|1,000) of 1,000 places are taken$/)
    expect(evidence.at(-1)).toMatch(/^[\d,]+ events refused in the last 10 s$/)
    expect(remedy).toMatch(
      /^Add consumers, or raise concurrency from 8 to \d+ .*; else cap ingress at 400\/s\.$/,
    )
    expect(shares['inbound-above-capacity']).toBeGreaterThan(0.5)
  })

  it('says of a stream that pushes out its oldest that it does, for nobody is refused', async () => {
    await stream.run(60, 250, 20)
    await stream.run(30, 900, 20)
    const { sentence, evidence } = stream.diagnose({ pushesOut: true })
    expect(sentence).toBe('900/s arrive and the sink takes 400/s: the oldest are pushed out.')
    expect(evidence.at(-1)).toMatch(/^[\d,]+ events pushed out in the last 10 s$/)
  })

  it('says that the sink has become slow, when it takes less than it did', async () => {
    await stream.run(60, 250, 20)
    await stream.run(30, 250, 80)
    const { verdict, sentence, evidence } = stream.diagnose()
    expect(verdict).toBe('consumer-too-slow')
    expect(sentence).toMatch(
      /^The sink has become slow: it takes 100\/s of the 250\/s that arrive, and took 250\/s before/,
    )
    expect(evidence.join()).toMatch(/one delivery takes (3\.\d+|4) times as long as usual/)
  })

  it('says of a sink that has recovered that it was slow, and of a flood that has ended that it is over', async () => {
    await stream.run(60, 250, 20)
    await stream.run(20, 250, 80)
    await stream.run(11, 250, 20)
    const slow = stream.diagnose()
    expect(slow.verdict).toBe('consumer-too-slow')
    expect(slow.sentence).toMatch(/^The sink was slow; it is over: \d+\/s are delivered and 250\/s arrive\.$/)
    expect(slow.remedy).toMatch(/^Nothing now\. Should it come back, find what slows the consumer/)
    stream = new Stream(1000, 8)
    await stream.run(60, 250, 20)
    await stream.run(20, 900, 20)
    await stream.run(11, 250, 20)
    const flood = stream.diagnose()
    expect(flood.verdict).toBe('inbound-above-capacity')
    expect(flood.sentence).toMatch(/^More arrived than could be delivered; it is over: /)
  })

  it('says that the queue is too small for a burst that the sink has digested', async () => {
    stream = new Stream(100, 8)
    await stream.run(60, 250, 20)
    await stream.run(0.4, 2000, 20)
    await stream.run(2, 250, 20)
    expect(stream.dropped).toBeGreaterThan(100)
    const { verdict, remedy } = stream.diagnose()
    expect(verdict).toBe('queue-too-small')
    expect(remedy).toMatch(/^Raise backlog\.items from 100 to \d+/)
  })

  it('recommends as many places to senders of batches as to those of single events', async () => {
    const wanted: number[] = []
    for (const batch of [1, 50]) {
      stream = new Stream(100, 8, batch)
      await stream.run(60, 250, 20)
      await stream.run(0.4, 2000, 20)
      await stream.run(2, 250, 20)
      const { verdict, remedy } = stream.diagnose()
      expect(verdict).toBe('queue-too-small')
      wanted.push(Number(/to ([\d,]+):/.exec(remedy)?.[1]?.replaceAll(',', '')))
    }
    const [single = 0, batches = 0] = wanted
    // What fits of a burst depends on where its batches begin: by so many events they may differ.
    expect(Math.abs(batches - single)).toBeLessThanOrEqual(100)
    expect(single).toBeGreaterThan(500)
  })

  it('warns of a large backlog that grows, long before it is full', async () => {
    stream = new Stream(10_000_000, 8)
    await stream.run(60, 250, 20)
    await stream.run(60, 900, 20)
    expect(stream.dropped).toBe(0)
    const { verdict, sentence } = stream.diagnose()
    expect(verdict).toBe('inbound-above-capacity')
    expect(sentence).toMatch(
      /^900\/s arrive and the sink takes 400\/s: the backlog grows by 500\/s, and is full in \d+\.?\d* h\.$/,
    )
  })

  it('is healthy again while a backlog is worked off, and says how long that takes', async () => {
    stream = new Stream(10_000_000, 8)
    await stream.run(30, 900, 20)
    await stream.run(30, 0, 20)
    const { verdict, sentence } = stream.diagnose()
    expect(verdict).toBe('healthy')
    expect(sentence).toMatch(/^[\d,]+ events wait; at this pace they are delivered in \d+\.?\d* s\.$/)
  })

  it('does not call a sink slow that delivers as much as ever, each a little later because more ask', async () => {
    await stream.run(60, 90, 10)
    // More at once make this sink slower for each: it never does more than 100 a second.
    await stream.run(40, 300, 80)
    expect(stream.diagnose().verdict).toBe('inbound-above-capacity')
  })

  it('takes a rate of its own for what it is', async () => {
    stream = new Stream(1000, 1)
    await stream.run(40, 300, 10)
    const { sentence, remedy } = stream.diagnose({
      settings: { rate: { ratePerSecond: 100, burst: 1 }, concurrency: 8 },
    })
    expect(sentence).toMatch(/^300\/s arrive and the delivery rate allows 100\/s/)
    expect(remedy).toMatch(/^Raise the delivery rate above 300\/s/)
  })

  it('says what is known for certain before anything else', async () => {
    await stream.run(30, 900, 20)
    const sink = {
      ...SINK,
      consecutiveFailures: 3,
      lastSuccessAtMs: undefined,
      lastFailure: { atMs: 0, message: 'connect ECONNREFUSED' },
    }
    const found = [
      stream.diagnose({ trouble: 'no space is left', paused: ['operator', 'dead-letters-full'] }),
      stream.diagnose({ paused: ['operator', 'dead-letters-full'], downForMs: 60_000, sink }),
      stream.diagnose({ paused: ['dead-letters-full'], deadLetters: 10, downForMs: 60_000, sink }),
      stream.diagnose({ downForMs: 60_000, sink }),
      stream.diagnose({ standstillMs: 6000 }),
    ]
    expect(found.map(({ verdict }) => verdict)).toEqual(new Array(5).fill('stalled'))
    expect(found.map(({ sentence }) => sentence.split(/[;:]/)[0])).toEqual([
      'Nothing is taken',
      'Delivery is paused by an operator',
      'Delivery stands still',
      'The sink has taken nothing for 1 min',
      'The sink has answered nothing for 6 s',
    ])
    expect(found[3]?.evidence).toEqual(['3 failures in a row', 'last: connect ECONNREFUSED'])
    for (const { remedy } of found) expect(remedy).not.toBe('')
  })
})
