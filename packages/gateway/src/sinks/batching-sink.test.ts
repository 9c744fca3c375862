import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { BatchingSink } from './batching-sink.ts'
import { DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

function event(id: string): EnvelopedEvent {
  return { id, receivedAtMs: 0, tenant: '', contentType: 'text/plain', payload: Buffer.from(id) }
}

class Recorder implements Sink {
  readonly batches: string[][] = []
  outcome: DeliveryOutcome = DELIVERED

  async deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    this.batches.push(events.map(({ id }) => id))
    return this.outcome
  }

  async close(): Promise<void> {}
}

it('gives events away as soon as there are enough of them', async () => {
  const sink = new Recorder()
  const batching = new BatchingSink(sink, { size: 2, intervalMs: 1000 }, new VirtualClock())
  await Promise.all(['a', 'b'].map((id) => batching.deliver([event(id)], { attempt: 1 })))
  expect(sink.batches).toEqual([['a', 'b']])
})

it('gives fewer away when the first has waited long enough, or when it is closed', async () => {
  const sink = new Recorder()
  const clock = new VirtualClock()
  const batching = new BatchingSink(sink, { size: 9, intervalMs: 1000 }, clock)
  const first = batching.deliver([event('a')], { attempt: 1 })
  clock.advance(999)
  expect(sink.batches).toEqual([])
  clock.advance(1)
  await first
  void batching.deliver([event('b')], { attempt: 1 })
  await batching.close()
  expect(sink.batches).toEqual([['a'], ['b']])
})

it('tells each event the outcome of its batch', async () => {
  const sink = new Recorder()
  sink.outcome = { kind: 'never', cause: new Error('no') }
  const batching = new BatchingSink(sink, { size: 2, intervalMs: 1 }, new VirtualClock())
  const outcomes = await Promise.all(['a', 'b'].map((id) => batching.deliver([event(id)], { attempt: 1 })))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['never', 'never'])
})
