import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { anEvent, put, texts, WIDE } from '../src/store/conformance/store-promise.ts'
import type { NewEvent, StreamStore } from '../src/store/store.ts'
import { DiskHarness } from './store-disk-harness.ts'

const SEGMENT = 128 * 1024
let root: string
let harness: DiskHarness
let stream: StreamStore

const OPTIONS = { ...WIDE, backlog: { items: 1e5, bytes: 1e9, maxAgeMs: 1e9 } }
const openEvents = async (): Promise<StreamStore> => {
  stream = await (await harness.open()).openStream('events', OPTIONS)
  return stream
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'spillway-space-'))
  harness = new DiskHarness(root, { segmentBytes: SEGMENT })
  await openEvents()
})
afterEach(async () => {
  await harness.end()
  rmSync(root, { recursive: true, force: true })
})

const files = (ending: string): string[] =>
  readdirSync(join(harness.directory, 'streams', 'events'))
    .filter((name) => name.endsWith(ending))
    .map((name) => join(harness.directory, 'streams', 'events', name))
const sizeOf = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + statSync(path).size, 0)

/** Puts `count` events of 1,000 bytes, numbered from 1. */
async function fill(count: number, more: Partial<NewEvent> = {}): Promise<void> {
  for (let i = 0; i < count; i += 100) {
    const events = Array.from({ length: 100 }, (_, k) =>
      anEvent(harness, String(i + k + 1).padStart(1_000), { ...more, id: `id-${i + k + 1}` }),
    )
    await put(stream, ...events)
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Waits until `isDone`; fails by itself when that never comes. */
async function until(isDone: () => boolean): Promise<void> {
  // A minute: a busy disk is slow.
  for (let i = 0; i < 6000 && !isDone(); i++) await sleep(10)
  expect(isDone()).toBe(true)
}

describe('space on the disk', () => {
  it('is given back as the backlog is drained', async () => {
    await fill(1_000)
    expect(sizeOf(files('.log'))).toBeGreaterThan(1_000_000)
    await stream.settle(range(1, 1_000), 'delivered')
    await until(() => files('.log').length === 1)
    expect(sizeOf(files('.log'))).toBeLessThan(SEGMENT)
    expect(stream.counts().backlog).toEqual({ items: 0, bytes: 0 })
  })

  it('is not held by a few events that stay behind, which can still be read, also after a kill', async () => {
    await fill(1_000)
    const kept = [5, 300, 301, 777]
    await stream.deadLetter(300, 'refused')
    await stream.settle(
      range(1, 1_000).filter((seq) => !kept.includes(seq)),
      'delivered',
    )
    await until(() => sizeOf(files('.log')) < 2 * SEGMENT)
    await harness.kill()
    await harness.end()
    await openEvents()
    expect((await texts(stream)).map(Number)).toEqual([5, 301, 777])
    expect((await stream.listDeadLetters({ after: 0, maxItems: 9 })).map(({ seq }) => seq)).toEqual([300])
    expect(Number(Buffer.from((await stream.get(301))?.payload ?? []))).toBe(301)
    expect(harness.warnings).toEqual([])
    await stream.settle([5, 301, 777], 'delivered')
    await stream.purgeDeadLetters([300])
    expect(stream.counts().backlog).toEqual({ items: 0, bytes: 0 })
    await until(() => files('.log').length === 1)
  })

  it('is read on without a gap while segments are rewritten', async () => {
    await harness.end()
    // Segments of many chunks, so that one is exchanged in the middle of a reading.
    harness.options = { segmentBytes: 2 ** 20 }
    await openEvents()
    await fill(4_000)
    const kept = range(1, 4_000).filter((seq) => seq % 40 === 0)
    const settled = stream.settle(
      range(1, 4_000).filter((seq) => seq % 40 !== 0),
      'delivered',
    )
    await settled
    // One reader alone: when nobody reads the old file it is closed, and then it is gone.
    for (let round = 0; round < 20; round++) {
      const seen = await stream.read({ after: 0, maxItems: 90 })
      expect(seen.map((event) => event.seq)).toEqual(kept.slice(0, 90))
    }
    await until(() => files('-1.log').length >= 3)
  })

  it('holds no event twice when a kill left a segment beside its rewritten self', async () => {
    await fill(300)
    await until(() => files('.index').length >= 2)
    const before = join(root, 'before')
    cpSync(join(harness.directory, 'streams', 'events'), before, { recursive: true })
    await stream.settle(range(2, 300), 'delivered')
    await until(() => files('-1.index').length > 0)
    await harness.kill()
    await harness.end()
    for (const name of readdirSync(before)) {
      if (name.startsWith('0000000000000001'))
        cpSync(join(before, name), join(harness.directory, 'streams', 'events', name))
    }
    await openEvents()
    expect((await texts(stream)).map(Number)).toEqual([1])
    expect(stream.counts().recovered).toBe(1)
    expect(files('.log').filter((path) => path.includes('0000000000000001'))).toHaveLength(1)
  })

  it('is not eaten by the journal: it is replaced by its summary', { timeout: 60_000 }, async () => {
    await fill(400)
    for (let i = 0; i < 60_000; i += 400) {
      await stream.defer(range(1, 399).map((seq) => ({ seq, attempts: i, dueAtMs: i })))
    }
    await stream.settle([400], 'delivered')
    expect(sizeOf([join(harness.directory, 'streams', 'events', 'journal')])).toBeLessThan(2_000_000)
    await harness.kill()
    await harness.end()
    await openEvents()
    expect(stream.deferred()).toHaveLength(399)
    expect(stream.deferred()[0]).toMatchObject({ attempts: 59_600, dueAtMs: 59_600 })
    expect(stream.counts().backlog.items).toBe(399)
  })

  it('is given back by ids once they are outside the dedupe window', async () => {
    await fill(300, { dedupe: true })
    await stream.settle(range(1, 300), 'delivered')
    await until(() => files('.log').length === 1)
    expect(files('.index').length).toBeGreaterThan(0)
    harness.nowMs += 20_000
    await harness.end()
    await openEvents()
    expect(files('.index')).toHaveLength(0)
  })
})
