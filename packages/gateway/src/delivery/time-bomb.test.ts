import { VirtualClock } from 'spillway/testing'
import { afterEach, expect, it, vi } from 'vitest'
import { streamSettings } from '../config/stream-settings.ts'
import { DELIVERED, type Sink } from '../sinks/sink.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import { EventStream } from './event-stream.ts'

const SERVICE_MS = 100
const PAYLOAD = Buffer.from('{}')

afterEach(() => {
  vi.restoreAllMocks()
})

/** What a stream says of its window, whose sink takes many together and needs as long for them as for one. */
async function saidOf(windowItems: number, events: number): Promise<readonly string[]> {
  const clock = new VirtualClock()
  const wallNowMs = (): number => clock.nowMs()
  const engine = new MemoryStore({ wallNowMs })
  const settings = streamSettings.parse({
    ...{ class: 'best-effort', store: 'memory', window: { items: windowItems }, whenFull: 'block' },
    concurrency: 160,
    sink: { type: 'file', path: '/dev/null' },
  })
  const { backlog, deadLetters } = settings
  const sink: Sink = {
    takesMany: true,
    async deliver() {
      await new Promise<void>((resolve) => clock.schedule(SERVICE_MS, resolve))
      return DELIVERED
    },
    async close() {},
  }
  const said: string[] = []
  const stream = new EventStream({
    ...{ name: 's', settings, engine, sink, clock, wallNowMs },
    store: await engine.openStream('s', { backlog, deadLetters }),
    onTrouble() {},
    onDeadLettersFull() {},
    onTimeBomb: (sentence) => said.push(sentence),
    onFault(error) {
      throw error
    },
  })
  await stream.start()
  const event = { receivedAtMs: 0, tenant: '', contentType: 'application/json', payload: PAYLOAD }
  await stream.take(Array.from({ length: events }, (_, i) => ({ ...event, id: String(i) })))
  while (stream.counts().delivered < events) {
    clock.advance(SERVICE_MS / 2)
    await new Promise(setImmediate)
  }
  await stream.close()
  return said
}

it('a stream tells once, in events, that its window is a time bomb, and the process is told nothing else', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  // 160 places and 100 ms for a delivery, of ten events here: 1,600 events a second at the most, 96,000 in a minute.
  const [sentence, ...others] = await saidOf(150_000, 11_000)
  expect(sentence).toMatch(
    /^window\.items is a time bomb: 150,000 events are \S+ s of work at [\d,]+ a second \(as deliveries go now\), /,
  )
  expect(Number(/are (\S+) s of work/.exec(sentence ?? '')?.[1])).toBeCloseTo(94, 0)
  expect([others, emitWarning.mock.calls]).toEqual([[], []])
})

it('a stream whose window is through in a minute tells nothing', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  expect(await saidOf(90_000, 11_000)).toEqual([])
  expect(emitWarning).not.toHaveBeenCalled()
})
