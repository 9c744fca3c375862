/**
 * What is said at the start when the broker will not do, and what was changed by then: nothing.
 */
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../src/config/load-settings.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'
import { RunningGateway } from './running-gateway.ts'
import { freePort } from './server-process.ts'

const STREAM = `streams:
  orders:
    class: critical
    store: jetstream
    window: { items: 10 }
    backlog: { items: 1000, bytes: 1MiB, maxAgeMs: 60000 }
    sink: { type: file, path: DIR/orders.ndjson }
`

function start(jetstream: string, stream = STREAM): Promise<RunningGateway> {
  return RunningGateway.start(`jetstream: ${jetstream}\n${stream}`)
}

describeWithNats('a gateway whose broker will not do says at the start', () => {
  it('that no server answers, and where', async () => {
    const port = await freePort()
    await expect(start(`{ servers: "nats://127.0.0.1:${port}" }`)).rejects.toThrow(
      new RegExp(`no NATS server answers at nats://127.0.0.1:${port}.*Start the NATS server, or correct`),
    )
  })

  it('that the credentials are wrong, without telling them', async () => {
    const server = await NatsServer.start({ config: 'authorization { user: a, password: "right-password" }' })
    const access = `{ servers: "${server.url}", user: a, password: wrong-password }`
    const failure = await start(access).catch((error: Error) => error)
    expect(String(failure)).toMatch(/refuses the credentials.*Correct the token, user, nkey or credentials/)
    expect(String(failure)).not.toContain('wrong-password')
    await server.stop()
  })

  it('that the server keeps no streams', async () => {
    const server = await NatsServer.start({ jetstream: false })
    await expect(start(`{ servers: "${server.url}" }`)).rejects.toThrow(
      /JetStream is not enabled.*Start nats-server with -js/,
    )
    await server.stop()
  })

  it('that a user may not use JetStream', async () => {
    const server = await NatsServer.start({
      config: `authorization { users: [{ user: a, password: "a-password", permissions: { publish: "nothing" } }] }`,
    })
    await expect(start(`{ servers: "${server.url}", user: a, password: a-password }`)).rejects.toThrow(
      /Correct the token, user, nkey or credentials under jetstream, or the permissions/,
    )
    await server.stop()
  })

  it('which settings of a stream contradict, each with both values, and changes nothing', async () => {
    const server = await NatsServer.start()
    const connection = await connect({ servers: server.url })
    const manager = await jetstreamManager(connection)
    await manager.streams.add({
      name: 'spillway_orders',
      subjects: ['spillway.orders.event'],
      retention: 'limits',
      max_msgs: 7,
      discard: 'old',
    })
    const before = (await manager.streams.info('spillway_orders')).config
    const failure = String(await start(`{ servers: "${server.url}" }`).catch((error: Error) => error))
    expect(failure).toContain('retention is "limits" and should be "workqueue"')
    expect(failure).toContain('discard is "old" and should be "new"')
    expect(failure).toContain('max_msgs is 7 and should be 1000')
    expect(failure).toMatch(/spillway_orders.*Nothing was changed/)
    expect((await manager.streams.info('spillway_orders')).config).toEqual(before)
    const names: string[] = []
    for await (const name of manager.streams.names()) names.push(name)
    expect(names).toEqual(['spillway_orders'])
    await connection.close()
    await server.stop()
  })

  it('that one server alone keeps no three copies', async () => {
    const server = await NatsServer.start()
    await expect(start(`{ servers: "${server.url}", replicas: 3 }`)).rejects.toThrow(/cannot keep 3 copies/)
    await server.stop()
  })

  it('that the brokers of a cluster have no leader', async () => {
    const server = NatsServer.prepared(await freePort(), (folder) => [
      'server_name: a',
      `jetstream { store_dir: "${folder}" }`,
      'cluster { name: c, listen: "127.0.0.1:-1", routes: ["nats://127.0.0.1:1"] }',
    ])
    await server.run()
    await expect(start(`{ servers: "${server.url}", replicas: 3 }`)).rejects.toThrow(
      /its JetStream does not; of a cluster a majority must run, and have a leader.*Start the NATS server/,
    )
    await server.stop()
  })

  it('that the broker has no room for what may be stored', async () => {
    const server = await NatsServer.start()
    const large = STREAM.replace('1MiB', '640GiB')
    await expect(start(`{ servers: "${server.url}" }`, large)).rejects.toThrow(
      /has no room.*raise|has no room.*max_file_store/,
    )
    await server.stop()
  })
})

describeWithNats('a gateway on a broker', () => {
  it('says what its acknowledgements are worth, and starts again where it was left', async () => {
    const server = await NatsServer.start()
    for (const expected of [{ accepted: 2 }, { accepted: 2 }]) {
      await using gateway = await start(`{ servers: "${server.url}" }`)
      const { status, json } = await gateway.post('orders', '[{"n":1},{"n":2}]')
      expect([status, json]).toEqual([202, { ...expected, duplicates: 0, durability: 'broker' }])
    }
    await server.stop()
  })
})

describe('the settings of streams on a broker', () => {
  it.each([
    ['', STREAM, /store must be memory or disk without an entry `jetstream`/],
    ['jetstream: { servers: "nats://h" }', STREAM.replace(/ {4}backlog.*\n/, ''), /kept by a broker/],
    ['jetstream: { servers: "nats://h", replicas: 2 }', STREAM, /1, 3 or 5/],
    ['jetstream: { servers: "nats://h", prefix: "a b" }', STREAM, /a word of 1 to 32/],
    ['jetstream: { servers: "nats://h", takeOverMs: 10 }', STREAM, /at least 500/],
    [
      'jetstream: { servers: "nats://h" }',
      STREAM.replace('critical', 'best-effort\n    whenFull: drop-oldest'),
      /block or reject with jetstream/,
    ],
  ])('are refused when they do not go together: %s', (jetstream, streams, message) => {
    expect(() => loadSettings({ name: 'test.yaml', text: `${jetstream}\n${streams}` })).toThrow(message)
  })
})
