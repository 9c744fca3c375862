/**
 * A stream that keeps the order of keys, divided into partitions: who delivers
 * which, and that a batch is whole although its events lie in several.
 */
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, headers } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { anEvent, put, WIDE } from '../src/store/conformance/store-promise.ts'
import { encodeBatch } from '../src/store/jetstream/batch-message.ts'
import { partitionOf } from '../src/store/jetstream/partitions.ts'
import type { NewEvent, StoredEvent, StreamOptions, StreamStore } from '../src/store/store.ts'
import { JetStreamHarness, until } from './jetstream-harness.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'

const PARTITIONS = 4
const ORDERED: StreamOptions = { ...WIDE, isOrdered: true }

describeWithNats('an ordered stream in partitions', () => {
  let broker: NatsServer
  let harness: JetStreamHarness
  beforeAll(async () => {
    broker = await NatsServer.start()
  })
  afterAll(async () => {
    await broker.stop()
  })
  beforeEach(() => {
    harness = new JetStreamHarness(broker.port, { partitions: PARTITIONS })
  })
  afterEach(async () => {
    await harness.end()
  })

  async function openOne(options = ORDERED): Promise<StreamStore> {
    return (await harness.open()).openStream('events', options)
  }

  /** The n-th key of a partition. */
  function keyIn(partition: number, nth = 0): string {
    const keys = Array.from({ length: 1000 }, (_, i) => `key-${i}`)
    return keys.filter((key) => partitionOf(key, PARTITIONS) === partition)[nth]!
  }

  function keyed(key: string, text = key): NewEvent {
    return anEvent(harness, text, { key })
  }

  function partitionsOf(events: readonly StoredEvent[]): ReadonlySet<number> {
    return new Set(events.map(({ key }) => partitionOf(key!, PARTITIONS)))
  }

  /** One event into each partition, read by whoever has it; all are done with afterwards. */
  async function shareOut(sender: StreamStore, readers: readonly StreamStore[]) {
    for (let p = 0; p < PARTITIONS; p++) await put(sender, keyed(keyIn(p)))
    const found = readers.map((): StoredEvent[] => [])
    await until(async () => {
      for (const [i, reader] of readers.entries()) {
        const events = await reader.read({ after: 0, maxItems: 100 })
        found[i]!.push(...events)
        await reader.settle(
          events.map(({ seq }) => seq),
          'delivered',
        )
      }
      return new Set(found.flat().map(({ key }) => key)).size === PARTITIONS
    })
    return found.map(partitionsOf)
  }

  async function manager() {
    return jetstreamManager(await connect({ servers: broker.url }))
  }

  it('is delivered by one gateway alone, by two half each, and by one again when the other is gone', async () => {
    const one = await openOne()
    expect((await shareOut(one, [one]))[0]!.size).toBe(PARTITIONS)
    const second = await harness.open()
    const two = await second.openStream('events', ORDERED)
    await until(async () => {
      const [first, other] = await shareOut(one, [one, two])
      return first!.size === PARTITIONS / 2 && other!.size === PARTITIONS / 2
    })
    await second.close()
    await until(async () => (await shareOut(one, [one]))[0]!.size === PARTITIONS)
  })

  it('passes on what a killed gateway had in hand, from the first event of each partition on', async () => {
    const one = await openOne()
    const texts = ['a', 'b', 'c']
    for (const text of texts) await put(one, keyed(keyIn(1), text))
    expect(await one.read({ after: 0, maxItems: 2 })).toHaveLength(2)
    await harness.kill()
    const two = await openOne()
    const found: StoredEvent[] = []
    await until(async () => {
      found.push(...(await two.read({ after: found.at(-1)?.seq ?? 0, maxItems: 10 })))
      return found.length >= texts.length
    })
    expect(found.map(({ payload }) => Buffer.from(payload).toString())).toEqual(texts)
  })

  it('takes a batch of many keys whole, each event in its partition', async () => {
    const one = await openOne()
    const batch = [0, 1, 2, 3].flatMap((p) => [keyed(keyIn(p), `${p}-a`), keyed(keyIn(p), `${p}-b`)])
    await put(one, ...batch)
    const { state } = await (await manager()).streams.info(`${harness.settings.prefix}_events`)
    expect(state.messages).toBe(PARTITIONS)
    const found = await one.read({ after: 0, maxItems: 100 })
    expect(found.map(({ id }) => id).toSorted()).toEqual(batch.map(({ id }) => id).toSorted())
    expect(
      await one.settle(
        found.map(({ seq }) => seq),
        'delivered',
      ),
    ).toBe(batch.length)
    expect(one.counts()).toMatchObject({ accepted: 8, delivered: 8, recovered: 0, backlog: { items: 0 } })
  })

  it('takes nothing of a batch for whose last part there is no place', async () => {
    const small = { ...ORDERED, backlog: { ...WIDE.backlog, items: 4 } }
    const [one, two] = [await openOne(small), await openOne(small)]
    for (const text of ['a', 'b', 'c']) await put(two, keyed(keyIn(2), text))
    const batch = [keyed(keyIn(0), 'x'), keyed(keyIn(1), 'y')]
    // It knows of the three once it has looked, and then refuses by itself: this is about the word of the broker.
    const refused = await one.append(batch)
    expect(refused).toMatchObject({ taken: false, reason: 'items-full' })
    const jsm = await manager()
    await until(
      async () => (await jsm.streams.info(`${harness.settings.prefix}_events`)).state.messages === 3,
    )
    const found: StoredEvent[] = []
    await until(async () => {
      for (const store of [one, two]) found.push(...(await store.read({ after: 0, maxItems: 10 })))
      return new Set(found.map(({ id }) => id)).size >= 3
    })
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(['id-a', 'id-b', 'id-c']))
    const notes = `${harness.settings.prefix}_events_DOUBTS`
    await until(async () => (await jsm.streams.info(notes)).state.messages === 0)
    expect(await one.append(batch.slice(0, 1))).toMatchObject({ taken: true })
  })

  it('delivers at its limit all of every batch that was taken by either gateway, and nothing of one that was refused', async () => {
    const small = { ...ORDERED, backlog: { ...WIDE.backlog, items: 40 } }
    const stores = [await openOne(small), await openOne(small)]
    const taken: string[] = []
    let refused = 0
    const send = async (i: number): Promise<void> => {
      const batch = Array.from({ length: 1 + (i % 5) }, (_, j) => keyed(`key-${7 * i + j}`, `${i}-${j}`))
      const result = await stores[i % 2]!.append(batch)
      if (result.taken) taken.push(...batch.map(({ id }) => id))
      else refused++
    }
    const found: string[] = []
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 20 }, (_, i) => send(20 * round + i)))
      await until(async () => {
        for (const store of stores) {
          const events = await store.read({ after: 0, maxItems: 100 })
          found.push(...events.map(({ id }) => id))
          await store.settle(
            events.map(({ seq }) => seq),
            'delivered',
          )
        }
        return found.length >= taken.length
      })
    }
    expect(refused).toBeGreaterThan(10)
    expect(taken.length).toBeGreaterThan(40)
    expect(found.toSorted()).toEqual(taken.toSorted())
  })

  it('gives up a batch whose gateway ended between two of its parts, and goes on behind it', async () => {
    const one = await openOne()
    const connection = await connect({ servers: broker.url })
    const subject = `${harness.settings.prefix}.events`
    const fields = headers()
    fields.set('Spillway-Batch', 'lostp1')
    fields.set('Spillway-Part-Of', 'lost')
    connection.publish(`${subject}.doubt.lost`, JSON.stringify({ partitions: [1, 2], fate: 'open' }))
    connection.publish(`${subject}.event.4.1.lost`, encodeBatch([keyed(keyIn(1), 'part')]), {
      headers: fields,
    })
    await connection.flush()
    await put(one, keyed(keyIn(1), 'behind'))
    await put(one, keyed(keyIn(2), 'elsewhere'))
    const found: StoredEvent[] = []
    const readOn = async () => {
      found.push(...(await one.read({ after: found.at(-1)?.seq ?? 0, maxItems: 10 })))
      return found.map(({ id }) => id)
    }
    await until(async () => (await readOn()).length > 0)
    expect(await readOn()).toEqual(['id-elsewhere'])
    await until(async () => (await readOn()).length > 1)
    expect(await readOn()).toEqual(['id-elsewhere', 'id-behind'])
    const jsm = await jetstreamManager(connection)
    const counts = async (): Promise<readonly number[]> => {
      const names = ['events', 'events_DOUBTS'].map((name) => `${harness.settings.prefix}_${name}`)
      return Promise.all(names.map(async (name) => (await jsm.streams.info(name)).state.messages))
    }
    await until(async () => String(await counts()) === '2,0')
    await connection.close()
  })

  it('delivers a part of a batch that was taken, though its note is there yet, and sweeps the note away', async () => {
    const one = await openOne()
    const connection = await connect({ servers: broker.url })
    const subject = `${harness.settings.prefix}.events`
    const fields = headers()
    fields.set('Spillway-Batch', 'latep1')
    fields.set('Spillway-Part-Of', 'late')
    connection.publish(`${subject}.doubt.late`, JSON.stringify({ partitions: [1, 2], fate: 'taken' }))
    connection.publish(`${subject}.doubt.foreign`, 'what no gateway wrote')
    connection.publish(`${subject}.event.4.1.late`, encodeBatch([keyed(keyIn(1), 'part')]), {
      headers: fields,
    })
    await connection.flush()
    await until(async () => (await one.read({ after: 0, maxItems: 1 })).length === 1)
    const jsm = await jetstreamManager(connection)
    const notes = async () =>
      (await jsm.streams.info(`${harness.settings.prefix}_events_DOUBTS`)).state.messages
    await until(async () => (await notes()) === 0)
    const { messages } = (await jsm.streams.info(`${harness.settings.prefix}_events`)).state
    expect(messages).toBe(1)
    await connection.close()
  })

  it('refuses another number of partitions, and a stream that was made without, with a sentence', async () => {
    await openOne()
    const other = new JetStreamHarness(broker.port, { prefix: harness.settings.prefix, partitions: 8 })
    await expect((await other.open()).openStream('events', ORDERED)).rejects.toThrow(
      /in 4 partitions and should in 8: set jetstream.partitions to 4, or let it run empty with 4 and remove it/,
    )
    await expect((await other.open()).openStream('events', WIDE)).rejects.toThrow(
      /made with partitions, which only orderBy needs: let it run empty/,
    )
    await (await other.open()).openStream('plain', WIDE)
    await expect((await other.open()).openStream('plain', ORDERED)).rejects.toThrow(
      /made without partitions, which orderBy needs: let it run empty as it was declared before and remove it \(nats stream rm t/,
    )
    await other.end()
  })
})
