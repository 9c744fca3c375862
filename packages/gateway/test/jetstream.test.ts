import { afterAll, beforeAll, it } from 'vitest'
import type { StoreHarness } from '../src/store/conformance/store-promise.ts'
import { STORE_PROMISES } from '../src/store/conformance/store-promises.ts'
import { JetStreamHarness } from './jetstream-harness.ts'
import { describeWithNats, NatsServer } from './nats-server.ts'

describeWithNats('a store on JetStream keeps the contract:', () => {
  let broker: NatsServer
  beforeAll(async () => {
    broker = await NatsServer.start()
  })
  afterAll(async () => {
    await broker.stop()
  })

  for (const promise of STORE_PROMISES.filter((each) => !each.needsLastingNumbers)) {
    it(promise.title, async () => {
      const harness = new JetStreamHarness(broker.port)
      await promise.run(harness)
      await harness.end()
    })
    // Whoever comes after a kill has its turn only after the silence: what it finds at once is nothing.
    if (promise.needsRestart) continue
    it(`${promise.title} (in order, in one partition)`, async () => {
      const harness = new JetStreamHarness(broker.port, { partitions: 1 })
      await promise.run(inOrder(harness))
      await harness.end()
    })
  }
})

/** The same, of streams that keep the order of keys. */
function inOrder(harness: JetStreamHarness): StoreHarness {
  return {
    get nowMs() {
      return harness.nowMs
    },
    set nowMs(nowMs) {
      harness.nowMs = nowMs
    },
    kill: harness.kill,
    async open() {
      const store = await harness.open()
      return {
        durability: store.durability,
        health: () => store.health(),
        close: () => store.close(),
        openStream: (name, options) => store.openStream(name, { ...options, isOrdered: true }),
      }
    },
  }
}
