/**
 * A broker that is changed under a running store, by people and by loss: consumers and streams that go, numbers that
 * are given again, settings that somebody changes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiscardPolicy, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { anEvent, put, seqOf, texts, WIDE } from '../src/store/conformance/store-promise.ts'
import type { StreamStore } from '../src/store/store.ts'
import { JetStreamHarness, until } from './jetstream-harness.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'

const ORDERED = { ...WIDE, isOrdered: true }

/** Stores look every five seconds whether all is there. */
const soon = (isTrue: () => boolean | Promise<boolean>): Promise<void> => until(isTrue, 20_000)

describeWithNats('a broker that changes under a store', () => {
  let broker: NatsServer
  let harness: JetStreamHarness
  let connection: NatsConnection
  let manager: JetStreamManager
  beforeEach(async () => {
    broker = await NatsServer.start()
    harness = new JetStreamHarness(broker.port)
    connection = await connect({ servers: broker.url })
    manager = await jetstreamManager(connection)
  })
  afterEach(async () => {
    await harness.end()
    await connection.close()
    await broker.stop()
  })

  const open = async (options = WIDE): Promise<StreamStore> =>
    (await harness.open()).openStream('events', options)
  const nameOf = (suffix = ''): string => `${harness.settings.prefix}_events${suffix}`

  it.each([
    ['', WIDE],
    ['in order', ORDERED],
  ])('hands out again what its consumer would have, when that was deleted %s', async (_order, options) => {
    const one = await open(options)
    await put(one, anEvent(harness, 'a', { key: 'a' }))
    for await (const { name } of manager.consumers.list(nameOf()))
      await manager.consumers.delete(nameOf(), name)
    await putAgain(one, harness, 'b')
    await soon(async () => String((await texts(one)).toSorted()) === 'a,b')
    expect(harness.warnings.join()).toMatch(/consumer/)
  })

  it.each([
    ['', WIDE, ['', '_DEAD', '_IDS', '_PROGRESS']],
    ['in order', ORDERED, ['', '_DEAD', '_IDS', '_PROGRESS', '_DOUBTS']],
  ])('makes its streams anew when they were deleted, and goes on %s', async (_order, options, suffixes) => {
    const [one, two] = [await open(options), await open(options)]
    await put(one, anEvent(harness, 'lost', { key: 'lost', dedupe: true }))
    for (const suffix of suffixes) await manager.streams.delete(nameOf(suffix))
    await putAgain(one, harness, 'b')
    const found: string[] = []
    await soon(async () => {
      for (const each of [one, two]) found.push(...(await takeAll(each)))
      return found.includes('b')
    })
    await soon(() => [one, two].every((each) => each.counts().backlog.items === 0))
    for (const suffix of suffixes)
      expect(harness.warnings.join('\n')).toContain(`stream ${nameOf(suffix)} was gone`)
  })

  it('makes what it notes beside its events anew, and is told again what the others note', async () => {
    const [one, two] = [await open(), await open()]
    await put(one, anEvent(harness, 'dead before'))
    await one.deadLetter(await seqOf(one, 'dead before'), 'no', 1)
    await soon(() => two.counts().deadLetters.items === 1)
    const suffixes = ['_DEAD', '_IDS', '_PROGRESS']
    for (const suffix of suffixes) await manager.streams.delete(nameOf(suffix))
    await soon(() => suffixes.every((suffix) => harness.warnings.join('\n').includes(nameOf(suffix))))
    await soon(() => [one, two].every((each) => each.counts().deadLetters.items === 0))
    await put(one, anEvent(harness, 'dead after'), anEvent(harness, 'known', { dedupe: true }))
    await one.deadLetter(await seqOf(one, 'dead after'), 'no', 1)
    await soon(() => two.counts().deadLetters.items === 1)
    await put(one, anEvent(harness, 'known too', { dedupe: true }))
    await soon(async () => {
      const result = await two.append([
        anEvent(harness, 'x'),
        anEvent(harness, 'known too', { dedupe: true }),
      ])
      return result.taken && result.duplicates === 1
    })
  })

  it('loses no event whose number was another’s before the broker lost its messages', async () => {
    const one = await open()
    await put(one, anEvent(harness, 'a'), anEvent(harness, 'b'))
    const [a, b] = await one.read({ after: 0, maxItems: 10 })
    const { config } = await manager.streams.info(nameOf())
    const [consumer] = await manager.consumers.list(nameOf()).next()
    await manager.streams.delete(nameOf())
    await manager.streams.add(config)
    await manager.consumers.add(nameOf(), consumer!.config)
    await put(one, anEvent(harness, 'c'))
    await soon(async () => (await texts(one)).includes('c'))
    await one.settle([a!.seq, b!.seq], 'delivered')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await manager.streams.info(nameOf())).state.messages).toBe(1)
    expect(await takeAll(one)).toEqual(['c'])
    await soon(async () => (await manager.streams.info(nameOf())).state.messages === 0)
    await soon(() => one.counts().backlog.items === 0)
  })

  it('says which setting was changed on the broker, where that loses what was taken', async () => {
    await open()
    await manager.streams.update(nameOf(), { discard: DiscardPolicy.Old, max_age: 60_000_000_000 })
    await soon(() => harness.warnings.length > 0)
    expect(harness.warnings.join()).toContain(
      `stream ${nameOf()} was changed on the broker: discard is "old" and should be "new"; max_age is 60000000000 and should be 0`,
    )
    expect(harness.warnings.join()).toContain(`nats stream edit ${nameOf()}`)
  })
})

describeWithNats('a broker that comes back with another disk', () => {
  it('is given the streams it needs, and takes events again', async () => {
    const disk = mkdtempSync(join(tmpdir(), 'spillway-nats-disk-'))
    const config = `jetstream { store_dir: "${disk}", max_file: 10GB }`
    const broker = await NatsServer.start({ jetstream: false, config })
    const harness = new JetStreamHarness(broker.port)
    try {
      const one = await (await harness.open()).openStream('events', WIDE)
      await put(one, anEvent(harness, 'in hand'), anEvent(harness, 'too'))
      const [held] = await one.read({ after: 0, maxItems: 1 })
      await broker.kill()
      rmSync(disk, { recursive: true, force: true })
      await broker.run()
      await putAgain(one, harness, 'after')
      expect(await one.settle([held!.seq], 'delivered')).toBe(1)
      expect(await takeAll(one)).toEqual(['too', 'after'])
      await soon(() => one.counts().backlog.items === 0)
    } finally {
      await harness.end()
      await broker.stop()
      rmSync(disk, { recursive: true, force: true })
    }
  })
})

/** Appends until it is taken. */
async function putAgain(stream: StreamStore, harness: JetStreamHarness, text: string): Promise<void> {
  let last: unknown
  const append = async (): Promise<boolean> => {
    const result = await stream.append([anEvent(harness, text, { key: text })])
    last = result
    return result.taken
  }
  await soon(append).catch((cause: unknown) => {
    throw new Error(`never taken: ${JSON.stringify(last)}`, { cause })
  })
}

/** Reads what is there, and is done with it. */
async function takeAll(stream: StreamStore): Promise<string[]> {
  const events = await stream.read({ after: 0, maxItems: 100 })
  await stream.settle(
    events.map(({ seq }) => seq),
    'delivered',
  )
  return events.map(({ payload }) => Buffer.from(payload).toString())
}
