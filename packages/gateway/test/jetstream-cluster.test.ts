/**
 * A stream that three brokers keep: what is acknowledged as `replicated` has
 * outlived whichever of them was killed.
 */
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FleetClient } from './delivery-faults/fleet-client.ts'
import { reckon } from './delivery-faults/recording-client.ts'
import { RecordingSink } from './delivery-faults/recording-sink.ts'
import { NatsCluster } from './nats-cluster.ts'
import { describeWithNats, type NatsServer } from './nats-server.ts'
import { RunningGateway } from './running-gateway.ts'

describeWithNats('a stream with three copies', () => {
  let cluster: NatsCluster
  let sink: RecordingSink
  beforeAll(async () => {
    cluster = await NatsCluster.start()
    sink = await RecordingSink.open()
  })
  afterAll(async () => {
    await sink.close()
    await cluster.stop()
  })

  async function within<T>(ms: number, attempt: () => Promise<T | undefined | false>): Promise<T> {
    for (const endMs = performance.now() + ms; performance.now() < endMs; ) {
      const found = await attempt().catch(() => undefined)
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`not within ${ms} ms: ${String(attempt)}`)
  }

  function start(): Promise<RunningGateway> {
    return RunningGateway.start(`jetstream: { servers: ${JSON.stringify(cluster.urls)}, replicas: 3, takeOverMs: 1000 }
streams:
  orders:
    class: critical
    store: jetstream
    window: { items: 100 }
    enqueueTimeoutMs: 500
    backlog: { items: 10000, bytes: 16MiB, maxAgeMs: 86400000 }
    sink: { type: http, url: "${sink.url}" }
`)
  }

  async function leader(): Promise<NatsServer> {
    const connection = await connect({ servers: [...cluster.urls] })
    const jsm = await jetstreamManager(connection)
    const found = await within(
      15_000,
      async () => (await jsm.streams.info('spillway_orders')).cluster?.leader,
    )
    await connection.close()
    return cluster.servers[['a', 'b', 'c'].indexOf(found)]!
  }

  it('says replicated, goes on without the broker that leads it, loses nothing, and refuses without two', async () => {
    // They choose a leader first; a gateway that comes before is told to come again.
    await using gateway = await within(20_000, start)
    const { status, json } = await within(10_000, async () => {
      const reply = await gateway.post('orders', '{"key":"first","n":0}')
      return reply.status === 202 && reply
    })
    expect([status, json]).toEqual([202, { accepted: 1, duplicates: 0, durability: 'replicated' }])
    const client = new FleetClient(gateway.url, 'orders', 'key')
    client.start()
    await within(10_000, async () => client.acknowledged.length > 50)
    const killed = await leader()
    const killedAtMs = performance.now()
    await killed.kill()
    const before = client.acknowledged.length
    await within(20_000, async () => client.acknowledged.length > before + 20)
    console.log(`taken again ${Math.round(performance.now() - killedAtMs)} ms after the leader was killed`)
    const second = await leader()
    await second.kill()
    const refusals = client.refusals.length
    const acknowledged = (): number => client.acknowledged.length
    await within(10_000, async () => client.refusals.length > refusals + 5)
    const alone = acknowledged()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(acknowledged()).toBe(alone)
    expect((await fetch(`${gateway.adminUrl}/readyz`)).status).toBe(503)
    await Promise.all([killed.run(), second.run()])
    await within(20_000, async () => acknowledged() > alone + 20)
    await client.stop()
    await within(20_000, async () => reckon([client], theirs()).lost.length === 0)
    expect(reckon([client], theirs())).toMatchObject({ lost: [], invented: [] })
    expect(new Set(client.refusals.map((refusal) => refusal.status))).toEqual(new Set([503]))
  }, 90_000)

  /** What arrived of the client's. */
  function theirs(): readonly string[] {
    return sink.payloads.filter((payload) => !payload.includes('first'))
  }
})
