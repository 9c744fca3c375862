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
  /** Refuses whatever holds an event of this name. */
  bad = 'none'
  /** Answers nothing before it is resolved. */
  gate: Promise<void> = Promise.resolve()
  isClosed = false

  async deliver(events: readonly EnvelopedEvent[]): Promise<DeliveryOutcome> {
    const ids = events.map(({ id }) => id)
    this.batches.push(ids)
    await this.gate
    return ids.includes(this.bad) ? NEVER : this.outcome
  }

  async close(): Promise<void> {
    this.isClosed = true
  }
}

const NEVER: DeliveryOutcome = { kind: 'never', cause: new Error('no') }
const ROOMY = { intervalMs: 1000, maxBytes: 2 ** 20 }

const give = (sink: Sink, ids: string): Promise<readonly DeliveryOutcome[]> =>
  Promise.all([...ids].map((id) => sink.deliver([event(id)], { attempt: 1 })))

it('gives events away as soon as there are enough of them', async () => {
  const sink = new Recorder()
  const batching = new BatchingSink(sink, { ...ROOMY, size: 2 }, new VirtualClock())
  await Promise.all(['a', 'b'].map((id) => batching.deliver([event(id)], { attempt: 1 })))
  expect(sink.batches).toEqual([['a', 'b']])
})

it('gives fewer away when the first has waited long enough, or when it is closed', async () => {
  const sink = new Recorder()
  const clock = new VirtualClock()
  const batching = new BatchingSink(sink, { ...ROOMY, size: 9 }, clock)
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
  sink.outcome = { kind: 'again', cause: new Error('later') }
  const batching = new BatchingSink(sink, { ...ROOMY, size: 2 }, new VirtualClock())
  const outcomes = await Promise.all(['a', 'b'].map((id) => batching.deliver([event(id)], { attempt: 1 })))
  expect(outcomes.map(({ kind }) => kind)).toEqual(['again', 'again'])
})

it('refuses the one event that is refused alone, and delivers those beside it, in order', async () => {
  const sink = new Recorder()
  sink.bad = 'b'
  const batching = new BatchingSink(sink, { ...ROOMY, size: 4 }, new VirtualClock())
  const outcomes = await give(batching, 'abcd')
  expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'never', 'delivered', 'delivered'])
  expect(sink.batches.map((ids) => ids.join(''))).toEqual(['abcd', 'ab', 'a', 'b', 'cd'])
})

it('tells those that are delivered at once, while others are still being divided', async () => {
  const sink = new Recorder()
  sink.bad = 'd'
  const batching = new BatchingSink(sink, { ...ROOMY, size: 4 }, new VirtualClock())
  const told: string[] = []
  const all = [...'abcd'].map(async (id) => {
    const { kind } = await batching.deliver([event(id)], { attempt: 1 })
    told.push(`${id} ${kind} after ${sink.batches.length}`)
  })
  await Promise.all(all)
  expect(told.slice(0, 2)).toEqual(['a delivered after 3', 'b delivered after 3'])
  expect(told.slice(2)).toEqual(['c delivered after 5', 'd never after 5'])
})

it('gives away fewer when they are as many bytes as a batch may have; a larger event goes alone', async () => {
  const sink = new Recorder()
  const batching = new BatchingSink(sink, { size: 9, intervalMs: 1, maxBytes: 6 }, new VirtualClock())
  const ids = ['aaa', 'bb', 'cc', 'dddddddd', 'e', 'fffff']
  await Promise.all(ids.map((id) => batching.deliver([event(id)], { attempt: 1 })))
  expect(sink.batches).toEqual([['aaa', 'bb'], ['cc'], ['dddddddd'], ['e', 'fffff']])
})

it('has no more than 64 MiB of payload under way, or one batch', async () => {
  const sink = new Recorder()
  let open = (): void => {}
  sink.gate = new Promise((resolve) => {
    open = resolve
  })
  const bounds = { size: 1, intervalMs: 1, maxBytes: 1 }
  const batching = new BatchingSink(sink, bounds, new VirtualClock())
  const sized = (id: string, mib: number): EnvelopedEvent => ({
    ...event(id),
    payload: Buffer.alloc(mib * 2 ** 20),
  })
  const events = [sized('a', 70), sized('b', 30), sized('c', 34), sized('d', 1)]
  const all = events.map((each) => batching.deliver([each], { attempt: 1 }))
  expect(sink.batches).toEqual([['a']])
  open()
  await all[0]
  await Promise.resolve()
  expect(sink.batches).toEqual([['a'], ['b'], ['c']])
  expect((await Promise.all(all)).map(({ kind }) => kind)).toEqual(Array(4).fill('delivered'))
})

it('gives up what is still being divided when it is closed', async () => {
  const sink = new Recorder()
  sink.outcome = NEVER
  const batching = new BatchingSink(sink, { ...ROOMY, size: 2 }, new VirtualClock())
  const outcomes = give(batching, 'ab')
  await batching.close()
  expect((await outcomes).map(({ kind }) => kind)).toEqual(['again', 'again'])
  expect(sink.batches).toEqual([['a', 'b']])
  expect(sink.isClosed).toBe(true)
})
