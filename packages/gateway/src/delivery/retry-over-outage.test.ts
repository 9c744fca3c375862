import { VirtualClock } from 'spillway/testing'
import { expect, it } from 'vitest'
import { streamSettings } from '../config/stream-settings.ts'
import type { DeliveryOutcome } from '../sinks/sink.ts'
import { DELIVERED } from '../sinks/sink.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { StreamStore } from '../store/store.ts'
import { EventStream } from './event-stream.ts'

it('tries an event again, and those of its key behind it, whose retry was due while the store could not be read', async () => {
  const clock = new VirtualClock()
  const wallNowMs = (): number => clock.nowMs()
  const engine = new MemoryStore({ wallNowMs })
  const settings = streamSettings.parse({
    ...{ class: 'best-effort', store: 'memory', window: { items: 10 }, whenFull: 'reject', orderBy: '/key' },
    ...{ retry: { baseMs: 10, maxMs: 10 }, sink: { type: 'http', url: 'http://127.0.0.1:1/' } },
  })
  const { backlog, deadLetters } = settings
  const store = await engine.openStream('s', { backlog, deadLetters })
  const read = store.get.bind(store)
  let isAway = true
  const get: StreamStore['get'] = async (seq) => {
    if (isAway) throw new Error('no broker answers')
    return read(seq)
  }
  const delivered: string[] = []
  const outcomes: DeliveryOutcome[] = [{ kind: 'again', cause: new Error('the sink answered 500') }]
  const faults: unknown[] = []
  const stream = new EventStream({
    ...{ name: 's', settings, engine, clock, wallNowMs, random: () => 0.5 },
    store: Object.assign(store, { get }),
    sink: {
      async deliver([event]) {
        const outcome = outcomes.shift() ?? DELIVERED
        if (outcome === DELIVERED) delivered.push(event!.id)
        return outcome
      },
      async close() {},
    },
    onTrouble() {},
    onDeadLettersFull() {},
    onTimeBomb() {},
    onFault: (error) => faults.push(error),
  })
  await stream.start()
  const event = { receivedAtMs: 0, tenant: '', contentType: 'application/json' }
  const payload = Buffer.from('{"key":"k"}')
  await stream.take([
    { ...event, id: 'first', payload },
    { ...event, id: 'second', payload },
  ])
  const pass = async (ms: number): Promise<void> => {
    for (let at = 0; at < ms; at += 5) {
      clock.advance(5)
      await new Promise(setImmediate)
    }
  }
  await pass(3000)
  expect(delivered).toEqual([])
  expect(faults.length).toBeGreaterThan(1)
  isAway = false
  await pass(1500)
  expect(delivered).toEqual(['first', 'second'])
})
