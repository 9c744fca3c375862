import { afterAll, beforeAll, it } from 'vitest'
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
  }
})
