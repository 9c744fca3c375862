import { describe, expect, it } from 'vitest'
import { HELD_MS, HeldAnswers } from '../src/admission/held-answers.ts'
import { type Reply, RunningGateway } from './running-gateway.ts'

const KEY = 'slow-key-0123456789'
const YAML = `
drainTimeoutMs: 0
tenants:
  - { name: slow, key: ${KEY}, ratePerSecond: 1, burst: 1 }
streams:
  door: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
`

describe('a tenant that sends on, far over its rate', () => {
  it('is told so at once at first, then a moment later', async () => {
    await using running = await RunningGateway.start(YAML)
    const headers = { 'content-type': 'application/json', 'x-api-key': KEY }
    const timed = async (): Promise<{ reply: Reply; tookMs: number }> => {
      const startMs = performance.now()
      const reply = await running.request('POST', '/v1/streams/door', { headers, body: '{}' })
      return { reply, tookMs: performance.now() - startMs }
    }
    await timed()
    const first = await timed()
    expect([first.reply.status, first.tookMs < HELD_MS]).toEqual([429, true])
    for (let i = 0; i < 12; i++) await timed()
    const held = await timed()
    expect(held.reply.status).toBe(429)
    expect(held.tookMs).toBeGreaterThan(HELD_MS - 10)
  })
})

it('holds no more answers than it has places for, and lets go of one early when its client left', async () => {
  const held = new HeldAnswers()
  const letGo = Array.from({ length: 2000 }, () => held.hold(() => {}))
  expect([held.held, held.hold(() => {})]).toEqual([2000, undefined])
  letGo[0]?.()
  letGo[0]?.()
  expect(held.held).toBe(1999)
  let isTold = false
  expect(
    held.hold(() => {
      isTold = true
    }),
  ).toBeTypeOf('function')
  await new Promise((resolve) => setTimeout(resolve, HELD_MS + 50))
  expect([held.held, isTold]).toEqual([0, true])
})
