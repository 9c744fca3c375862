/**
 * Question: what does a deadline or a signal on `send` cost, when there is room and nobody waits?
 * Workload: capacity 1024, an awaited `send` and a `tryReceive` for each item, so that the channel is never full;
 *   the options are written at the call, as a handler would.
 * Read it as: the price of always stating a bound. It says nothing about the cost of a wait.
 */
import { type Benchmark, millionsPerSecond, type NodeSubject } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'
import { ITEM, type Item } from '../waiting-producer.ts'
import { CAPACITY } from './pipe.ts'

type Channel = import('spillway').Channel<Item>

export const channelBounds: Benchmark = {
  topic: 'channel',
  name: 'channel-bounds',
  metric: millionsPerSecond,
  reference: 'send(item)',
  subjects: {
    'send(item)': sends(() => (channel) => channel.send(ITEM)),
    'send(item, { timeoutMs })': sends(() => (channel) => channel.send(ITEM, { timeoutMs: 100 })),
    'send(item, { signal })': sends(() => {
      const { signal } = new AbortController()
      return (channel) => channel.send(ITEM, { signal })
    }),
    'send(item, { signal, timeoutMs })': sends(() => {
      const { signal } = new AbortController()
      return (channel) => channel.send(ITEM, { signal, timeoutMs: 100 })
    }),
  },
}

function sends(prepare: () => (channel: Channel) => Promise<void>): NodeSubject {
  return {
    package: 'spillway',
    async measure(scale) {
      const { Channel } = await import('spillway')
      const channel = new Channel<Item>({ capacity: CAPACITY })
      const send = prepare()
      return throughput(async (count) => {
        let sum = 0
        for (let i = 0; i < count; i++) {
          await send(channel)
          const received = channel.tryReceive()
          if (received !== undefined && !received.done) sum += received.value.value
        }
        return sum
      }, scale)
    },
  }
}
