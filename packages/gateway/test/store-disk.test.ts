import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anEvent, openStream, put, type StoreHarness } from '../src/store/conformance/store-promise.ts'
import { STORE_PROMISES } from '../src/store/conformance/store-promises.ts'
import { DiskHarness } from './store-disk-harness.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spillway-store-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe.each([
  ['large segments', 16 * 2 ** 20],
  ['the smallest segments', 4096],
])('a store on the disk keeps the contract, with %s:', (_, segmentBytes) => {
  for (const promise of STORE_PROMISES) {
    it(promise.title, async () => {
      const harness: StoreHarness & DiskHarness = new DiskHarness(directory, { segmentBytes })
      await promise.run(harness)
      await harness.end()
    })
  }
})

describe('a stream on the disk', () => {
  it('gives out the same events, whether they are still in memory or read back', async () => {
    const harness = new DiskHarness(directory)
    const stream = await openStream(harness)
    const more = { key: 'k', traceparent: '00-1', attributes: 'id:1\n', tenant: 'büro' }
    await put(stream, anEvent(harness, 'a'), anEvent(harness, 'ä', more), anEvent(harness, 'c'))
    const request = { after: 0, maxItems: 10 }
    const inMemory = await stream.read(request)
    const readBack = await stream.read(request)
    const comparable = inMemory.map(({ payload, ...rest }) => ({ ...rest, payload: [...payload] }))
    expect(readBack.map(({ payload, ...rest }) => ({ ...rest, payload: [...payload] }))).toEqual(comparable)
    expect(comparable).toHaveLength(3)
    await harness.end()
  })

  it('reads on from the disk what was more than it keeps in memory, without a gap', async () => {
    const harness = new DiskHarness(directory)
    const backlog = { items: 1000, bytes: 2 ** 30, maxAgeMs: 60_000 }
    const stream = await openStream(harness, { backlog })
    const payload = Buffer.alloc(2 ** 20, '1')
    for (let i = 0; i < 8; i++) await put(stream, anEvent(harness, 'a', { payload }))
    const seqs: number[] = []
    for (let after = 0; ; after = seqs.at(-1) ?? 0) {
      const found = await stream.read({ after, maxItems: 2 })
      if (found.length === 0) break
      seqs.push(...found.map(({ seq }) => seq))
      if (seqs.length < 12) await put(stream, anEvent(harness, 'a', { payload }))
    }
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1))
    expect(seqs.length).toBeGreaterThan(12)
    await harness.end()
  })

  it('knows how old the oldest event is as soon as the one before it has left', async () => {
    const harness = new DiskHarness(directory)
    const stream = await openStream(harness)
    for (let i = 0; i < 5; i++) {
      await put(stream, anEvent(harness, 'a'))
      harness.nowMs += 1000
    }
    const events = await stream.read({ after: 0, maxItems: 10 })
    for (const [index, { seq, receivedAtMs }] of events.entries()) {
      expect([index, stream.counts().oldestReceivedAtMs]).toEqual([index, receivedAtMs])
      await stream.settle([seq], 'delivered')
    }
    expect(stream.counts().oldestReceivedAtMs).toBeUndefined()
    await harness.end()
  })
})
