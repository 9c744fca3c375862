import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection, nkeys } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { streamSettings } from '../src/config/stream-settings.ts'
import { openSink } from '../src/sinks/open-sink.ts'
import type { DeliveryOutcome, Sink } from '../src/sinks/sink.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'

const EVENT = {
  id: 'order-1',
  receivedAtMs: 1,
  tenant: 'shop',
  contentType: 'application/json',
  key: 'a key',
  traceparent: '00-1-2-01',
  attributes: 'id:order-1\nsource:/shop\nspecversion:1.0\ntype:made\n',
  payload: Buffer.from('{"n":1}'),
}

/** Opens a sink from settings as they are written. */
function sinkTo(settings: Readonly<Record<string, unknown>>): Promise<Sink> {
  const sink = { type: 'nats', subject: 'orders.made', timeoutMs: 500, ...settings }
  const parsed = streamSettings.parse({
    class: 'best-effort',
    whenFull: 'reject',
    window: { items: 1 },
    sink,
  })
  const { sink: resolved } = parsed
  return openSink({ streamName: 'orders', settings: resolved, batch: undefined, wallNowMs: () => 0 })
}

async function deliverTo(sink: Sink, event: Partial<typeof EVENT> = {}): Promise<DeliveryOutcome> {
  return sink.deliver([{ ...EVENT, ...event }], { attempt: 2 })
}

describeWithNats('a sink on NATS', () => {
  let server: NatsServer
  let connection: NatsConnection
  beforeAll(async () => {
    server = await NatsServer.start()
    connection = await connect({ servers: server.url })
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name: 'ORDERS', subjects: ['orders.*'], max_msgs: 3, discard: 'new' })
  })
  afterAll(async () => {
    await connection.close()
    await server.stop()
  })

  it('has delivered what a stream has acknowledged: payload, id, and what is known of it', async () => {
    const sink = await sinkTo({ servers: server.url })
    expect(await deliverTo(sink)).toEqual({ kind: 'delivered' })
    const manager = await jetstreamManager(connection)
    const stored = await manager.streams.getMessage('ORDERS', { seq: 1 })
    expect(stored?.string()).toBe('{"n":1}')
    const fields = Object.fromEntries([...stored!.header].map(([name, values]) => [name, values[0]]))
    expect(fields).toMatchObject({
      'Nats-Msg-Id': 'shop/order-1',
      'Content-Type': 'application/json',
      'Spillway-Event-Id': 'order-1',
      'Spillway-Tenant': 'shop',
      'Spillway-Key': 'a key',
      'Spillway-Attempt': '2',
      traceparent: '00-1-2-01',
      'ce-source': '/shop',
    })
    await sink.close()
  })

  it('is taken once by a stream that knows the id, and is delivered both times', async () => {
    const sink = await sinkTo({ servers: server.url })
    expect(await deliverTo(sink)).toEqual({ kind: 'delivered' })
    const manager = await jetstreamManager(connection)
    expect((await manager.streams.info('ORDERS')).state.messages).toBe(1)
    await sink.close()
  })

  it('is to be tried again when the stream is full, or when no stream listens, and never when it is too large', async () => {
    const sink = await sinkTo({ servers: server.url })
    for (const id of ['2', '3']) await deliverTo(sink, { id })
    expect(await deliverTo(sink, { id: '4' })).toMatchObject({ kind: 'again' })
    expect(await deliverTo(sink, { payload: Buffer.alloc(2 ** 20 + 1) })).toMatchObject({ kind: 'never' })
    const astray = await sinkTo({ servers: server.url, subject: 'nobody.listens' })
    expect(await deliverTo(astray)).toMatchObject({ kind: 'again', isAbsent: true })
    await Promise.all([sink.close(), astray.close()])
  })

  it('has delivered, in mode core, what the server has', async () => {
    const sink = await sinkTo({ servers: server.url, subject: 'plain', mode: 'core' })
    const subscription = connection.subscribe('plain', { max: 1 })
    await connection.flush()
    const received = subscription[Symbol.asyncIterator]().next()
    expect(await deliverTo(sink)).toEqual({ kind: 'delivered' })
    expect((await received).value.headers.get('Nats-Msg-Id')).toBe('shop/order-1')
    await sink.close()
  })

  it('keeps an id or a tenant from writing headers of its own', async () => {
    const sink = await sinkTo({ servers: server.url, subject: 'plain', mode: 'core' })
    const subscription = connection.subscribe('plain', { max: 1 })
    await connection.flush()
    const received = subscription[Symbol.asyncIterator]().next()
    await deliverTo(sink, { id: 'x\r\nSpillway-Tenant: another' })
    expect((await received).value.headers.get('Spillway-Tenant')).toBe('shop')
    await sink.close()
  })
})

describeWithNats('a sink on NATS whose server goes away', () => {
  it.each(['jetstream', 'core'])(
    'counts no attempt meanwhile, and delivers when it is back (%s)',
    async (mode) => {
      const server = await NatsServer.start()
      const setup = await connect({ servers: server.url })
      await (await jetstreamManager(setup)).streams.add({ name: 'ORDERS', subjects: ['orders.*'] })
      await jetstream(setup).publish('orders.first')
      await setup.close()
      const sink = await sinkTo({ servers: server.url, mode })
      await server.kill()
      let outcome = await deliverTo(sink)
      expect(outcome).toMatchObject({ kind: 'again' })
      await server.run()
      for (let i = 0; i < 200 && outcome.kind !== 'delivered'; i++) {
        outcome = await deliverTo(sink)
        if (outcome.kind !== 'delivered') await new Promise((resolve) => setTimeout(resolve, 25))
      }
      expect(outcome).toEqual({ kind: 'delivered' })
      await sink.close()
      await server.stop()
    },
  )
})

describeWithNats('credentials of a sink on NATS', () => {
  const user = nkeys.createUser()
  const seed = Buffer.from(user.getSeed()).toString()
  it.each([
    ['a token', 'authorization { token: "a-long-token" }', { token: 'a-long-token' }],
    [
      'a user and a password',
      'authorization { user: gate, password: "a-password" }',
      { user: 'gate', password: 'a-password' },
    ],
    ['an nkey', `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`, { nkey: seed }],
  ])('open the server with %s, and without them a sentence says what to do', async (_, config, access) => {
    const server = await NatsServer.start({ config })
    const sink = await sinkTo({ servers: server.url, mode: 'core', ...access })
    expect(await deliverTo(sink)).toEqual({ kind: 'delivered' })
    await sink.close()
    await expect(sinkTo({ servers: server.url })).rejects.toThrow(
      /stream orders: its sink cannot be reached .*refuses the credentials.*correct servers and credentials/,
    )
    await server.stop()
  })
})

describe('the settings of a sink on NATS', () => {
  it.each([
    [{ servers: 'nats://u:p@h:4222' }, /without a password in it/],
    [{ servers: [] }, /a server as nats:/],
    [{ servers: 'http://h' }, /a server as nats:/],
    [{ servers: 'nats://h', subject: 'a.*' }, /without wildcards/],
    [{ servers: 'nats://h', user: 'u' }, /user and password/],
    [{ servers: 'nats://h', user: 'u', password: 'p', token: 't' }, /left out beside token/],
    [{ servers: 'nats://h', nkey: 'SU1' }, /the seed of an nkey/],
  ])('are refused when they are wrong: %j', async (settings, message) => {
    await expect(async () => sinkTo(settings)).rejects.toThrow(message)
  })

  it('name the file of credentials that cannot be read', async () => {
    const opening = sinkTo({ servers: 'nats://127.0.0.1:1', credentials: '/no/such.creds' })
    await expect(opening).rejects.toThrow(/\/no\/such\.creds cannot be read/)
  })
})
