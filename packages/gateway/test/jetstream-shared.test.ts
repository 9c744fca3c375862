/**
 * Two stores on one stream of a broker: what each knows of the other.
 */
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, headers } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { anEvent, put, texts, WIDE } from '../src/store/conformance/store-promise.ts'
import type { StreamStore } from '../src/store/store.ts'
import { JetStreamHarness, until } from './jetstream-harness.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'

describeWithNats('two stores on one stream', () => {
  let broker: NatsServer
  let harness: JetStreamHarness
  let one: StreamStore
  let two: StreamStore
  beforeAll(async () => {
    broker = await NatsServer.start()
  })
  afterAll(async () => {
    await broker.stop()
  })
  beforeEach(async () => {
    harness = new JetStreamHarness(broker.port)
    one = await (await harness.open()).openStream('events', WIDE)
    two = await (await harness.open()).openStream('events', WIDE)
  })
  afterEach(async () => {
    await harness.end()
  })

  /** What the ledger of a store lacks to balance. */
  function imbalance(stream: StreamStore): number {
    const { accepted, recovered, delivered, evicted, failed, purged, handedOver, backlog, deadLetters } =
      stream.counts()
    return (
      accepted +
      recovered -
      delivered -
      evicted -
      failed -
      purged -
      handedOver -
      backlog.items -
      deadLetters.items
    )
  }

  it('share a backlog: what one sent the other delivers, and both say so', async () => {
    await put(one, anEvent(harness, 'a'), anEvent(harness, 'b'))
    await put(one, anEvent(harness, 'c'))
    const taken = await two.read({ after: 0, maxItems: 10 })
    expect(taken.map(({ id }) => id)).toEqual(['id-a', 'id-b', 'id-c'])
    expect(await texts(one)).toEqual([])
    expect(
      await two.settle(
        taken.map(({ seq }) => seq),
        'delivered',
      ),
    ).toBe(3)
    await until(() => one.counts().backlog.items === 0)
    expect(one.counts()).toMatchObject({ accepted: 3, handedOver: 3, delivered: 0 })
    expect(two.counts()).toMatchObject({ recovered: 3, delivered: 3, handedOver: 0 })
    expect([imbalance(one), imbalance(two)]).toEqual([0, 0])
  })

  it('tell each other within a moment that there is something to read', async () => {
    let calls = 0
    two.onReadable(() => calls++)
    await put(one, anEvent(harness, 'a'))
    await until(() => calls > 0)
  })

  it('answer a repetition at the other one: the same request at once, an id in another request a moment later', async () => {
    const [a, b] = [anEvent(harness, 'a', { dedupe: true }), anEvent(harness, 'b', { dedupe: true })]
    await put(one, a)
    expect(await two.append([a])).toMatchObject({ taken: true, accepted: 0, duplicates: 1 })
    await until(async () => {
      const result = await two.append([b, a])
      return result.taken && result.duplicates > 0
    })
    expect([imbalance(one), imbalance(two)]).toEqual([0, 0])
  })

  it('refuse an id that came to the other one with another body', async () => {
    await put(one, anEvent(harness, 'a', { dedupe: true }))
    const other = { ...anEvent(harness, 'a', { dedupe: true }), payload: Buffer.from('other') }
    expect(await two.append([other])).toMatchObject({ taken: false, reason: 'id-conflict' })
  })

  it('keep each to the bound of both, by the word of the broker', async () => {
    const small = { ...WIDE, backlog: { ...WIDE.backlog, items: 3 } }
    const [first, second] = [await harness.open(), await harness.open()]
    const [three, four] = [await first.openStream('small', small), await second.openStream('small', small)]
    for (const text of ['a', 'b', 'c']) await put(three, anEvent(harness, text))
    expect(await four.append([anEvent(harness, 'd')])).toMatchObject({ taken: false, reason: 'items-full' })
    const taken = await four.read({ after: 0, maxItems: 1 })
    await four.settle(
      taken.map(({ seq }) => seq),
      'delivered',
    )
    expect(await four.append([anEvent(harness, 'd')])).toMatchObject({ taken: true })
  })

  it('see the same dead letters, whoever set them aside, puts them back or purges them', async () => {
    await put(one, ...['a', 'b', 'c'].map((text) => anEvent(harness, text)))
    const taken = await one.read({ after: 0, maxItems: 10 })
    for (const { seq } of taken) await one.deadLetter(seq, 'answered 400: nö\n', 2)
    await until(() => two.counts().deadLetters.items === 3)
    const letters = await two.listDeadLetters({ after: 0, maxItems: 10 })
    expect(letters.map(({ id, reason, attempts }) => [id, reason, attempts])).toEqual(
      ['a', 'b', 'c'].map((text) => [`id-${text}`, 'answered 400: nö\n', 2]),
    )
    expect(await two.replayDeadLetters([letters[0]!.seq])).toMatchObject({ taken: true, accepted: 1 })
    expect(await two.purgeDeadLetters([letters[1]!.seq])).toBe(1)
    await until(() => one.counts().deadLetters.items === 1)
    expect(await texts(one)).toEqual(['a'])
    expect([imbalance(one), imbalance(two)]).toEqual([0, 0])
  })

  it('go on with a batch where the other one left it: what is done, and how often the rest failed', async () => {
    await put(one, ...['a', 'b', 'c', 'd'].map((text) => anEvent(harness, text)))
    const [a, b, c] = await one.read({ after: 0, maxItems: 10 })
    await one.settle([a!.seq], 'delivered')
    await one.defer([{ seq: b!.seq, attempts: 3, dueAtMs: harness.nowMs + 5 }])
    await one.deadLetter(c!.seq, 'no')
    await harness.kill()
    const three = await (await harness.open()).openStream('events', WIDE)
    expect(three.deferred()).toMatchObject([{ attempts: 3, dueAtMs: harness.nowMs + 5 }])
    expect(await texts(three)).toEqual(['d'])
  })

  it('keep what waits for a retry from the other one, and hand it over when the first is gone', async () => {
    await put(one, anEvent(harness, 'a'))
    const [a] = await one.read({ after: 0, maxItems: 1 })
    await one.defer([{ seq: a!.seq, attempts: 1, dueAtMs: harness.nowMs + 300 }])
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(await texts(two)).toEqual([])
    expect((await one.get(a!.seq))?.id).toBe('id-a')
    await until(async () => (await texts(one)).length === 0)
    await one.settle([a!.seq], 'delivered')
    await until(() => two.counts().backlog.items === 0)
  })

  it('set a message aside that no gateway wrote', async () => {
    const connection = await connect({ servers: broker.url })
    connection.publish(`${harness.settings.prefix}.events.event`, 'hello')
    await connection.flush()
    await until(async () => (await texts(one)).length === 0 && one.counts().deadLetters.items === 1)
    const [letter] = await one.listDeadLetters({ after: 0, maxItems: 1 })
    expect(Buffer.from(letter!.payload).toString()).toBe('hello')
    expect(harness.warnings.join()).toMatch(/no batch of a gateway/)
    await connection.close()
  })

  it('pass over what somebody else writes to the streams of ids and of dead letters', async () => {
    const connection = await connect({ servers: broker.url })
    const fields = headers()
    fields.set('Spillway-Dead-At', '1')
    fields.set('Spillway-Reason', '%')
    const subject = `${harness.settings.prefix}.events`
    connection.publish(`${subject}.ids.x`, 'no JSON')
    connection.publish(`${subject}.dead`, 'no letter', { headers: fields })
    await connection.flush()
    await put(one, anEvent(harness, 'a', { dedupe: true }))
    await until(async () => {
      const result = await two.append([anEvent(harness, 'b'), anEvent(harness, 'a', { dedupe: true })])
      return result.taken && result.duplicates === 1
    })
    await connection.close()
  })

  it('refuse a batch that is larger than a message of the broker, for good', async () => {
    const large = anEvent(harness, 'a', { payload: Buffer.alloc(2 ** 20) })
    const wide = { ...WIDE, backlog: { ...WIDE.backlog, bytes: 2 ** 30 } }
    const stream = await (await harness.open()).openStream('large', wide)
    expect(await stream.append([large])).toMatchObject({ taken: false, reason: 'too-large' })
  })

  it('give a commit up at the time they are told, when the broker hangs', async () => {
    await put(one, anEvent(harness, 'a'))
    broker.pause()
    try {
      const startMs = performance.now()
      const result = await one.append([anEvent(harness, 'b')], { timeoutMs: 60 })
      expect(result).toMatchObject({ taken: false, reason: 'failed' })
      const tookMs = performance.now() - startMs
      expect(tookMs).toBeGreaterThanOrEqual(59)
      expect(tookMs).toBeLessThan(900)
    } finally {
      broker.resume()
    }
    await until(async () => (await one.append([anEvent(harness, 'c')])).taken)
  })

  it('never count a message twice or not at all, under load', async () => {
    const events = Array.from({ length: 40 }, (_, i) => anEvent(harness, `e${i}`))
    for (let round = 0; round < 40; round++) {
      const [first, second] = [events.slice(0, 20), events.slice(20)]
      await Promise.all(first.map((event) => put(one, event)))
      await Promise.all(second.map((event) => put(two, event)))
      const taken = await one.read({ after: 0, maxItems: 40 })
      await one.settle(
        taken.map(({ seq }) => seq),
        'delivered',
      )
      expect([imbalance(one), imbalance(two)]).toEqual([0, 0])
    }
    await until(() => one.counts().backlog.items === 0 && two.counts().backlog.items === 0)
    expect(one.counts()).toMatchObject({ accepted: 800, handedOver: 0, delivered: 1600 })
    expect(two.counts()).toMatchObject({ accepted: 800, recovered: 0, handedOver: 800 })
    const manager = await jetstreamManager(await connect({ servers: broker.url }))
    const { state } = await manager.streams.info(`${harness.settings.prefix}_events`)
    expect(state.messages).toBe(0)
  })
})
