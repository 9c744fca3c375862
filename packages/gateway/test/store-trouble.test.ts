import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VirtualClock } from 'spillway/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { anEvent, put, texts, WIDE } from '../src/store/conformance/store-promise.ts'
import type { DiskStoreOptions } from '../src/store/disk/disk-settings.ts'
import { DiskStore } from '../src/store/disk/disk-store.ts'
import type { NewEvent, StreamStore } from '../src/store/store.ts'
import { DiskHarness } from './store-disk-harness.ts'

let root: string
let harness: DiskHarness
const use = (options: Partial<DiskStoreOptions> = {}): DiskHarness => {
  harness.options = options
  return harness
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spillway-trouble-'))
  harness = new DiskHarness(root)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await harness.end()
  rmSync(root, { recursive: true, force: true })
})

const numbered = (count: number): NewEvent[] =>
  Array.from({ length: count }, (_, i) => anEvent(harness, `event ${String(i).padStart(3, '0')}`))

const openEvents = async (options: Partial<DiskStoreOptions> = {}): Promise<StreamStore> =>
  (await use(options).open()).openStream('events', WIDE)

/** Goes on with the files as a killed process leaves them. */
async function crash(): Promise<void> {
  await harness.kill()
  await harness.end()
}

/** Changes one bit of the first byte of `text`, where it lies first in a file. */
async function damage(path: string, text: string): Promise<void> {
  const bytes = await readFile(path)
  const at = bytes.indexOf(text)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  await writeFile(path, bytes)
}

const streamFiles = (ending: string): string[] => {
  const directory = join(harness.directory, 'streams', 'events')
  return readdirSync(directory)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(directory, name))
}

describe('a data directory that cannot be used is left alone, and the error names the remedy:', () => {
  it('in use by a running gateway', async () => {
    await openEvents()
    await expect(harness.open()).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} on .*Stop the other gateway`),
    )
  })

  it('of a gateway that was killed: it is taken over at once', async () => {
    use()
    mkdirSync(harness.directory, { recursive: true })
    const dead = spawnSync('true').pid
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    const { hostname } = await import('node:os')
    const lock = { pid: dead, host: hostname(), boot: boot.trim(), started: '1' }
    writeFileSync(join(harness.directory, 'lock'), JSON.stringify(lock))
    await harness.open()
  })

  it('in use on another machine, as long as its lock is touched', async () => {
    use({ wallNowMs: () => Date.now() })
    mkdirSync(harness.directory, { recursive: true })
    writeFileSync(join(harness.directory, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere' }))
    await expect(harness.open()).rejects.toThrow(/in use by process 1 on elsewhere/)
    use({ wallNowMs: () => Date.now() + 16_000 })
    await harness.open()
  })

  it('of a newer version', async () => {
    use()
    mkdirSync(harness.directory, { recursive: true })
    writeFileSync(join(harness.directory, 'format'), 'spillway store 2\n')
    await expect(harness.open()).rejects.toThrow(/of version 2, .* up to 1.*Start the newer gateway again/)
    await expect(harness.open()).rejects.toThrow(/of version 2/)
  })

  it('of something else', async () => {
    use()
    mkdirSync(harness.directory, { recursive: true })
    writeFileSync(join(harness.directory, 'format'), 'my holiday pictures')
    await expect(harness.open()).rejects.toThrow(/not a store’s data directory.*Choose an empty directory/)
  })

  it('with other files in it', async () => {
    use()
    mkdirSync(harness.directory, { recursive: true })
    writeFileSync(join(harness.directory, 'thesis.txt'), '')
    await expect(harness.open()).rejects.toThrow(
      /holds something else \(thesis.txt\).*Choose an empty directory/,
    )
    expect(readdirSync(harness.directory)).toEqual(['thesis.txt'])
  })

  it('in a place where nothing can be made', async () => {
    const directory = join('/proc', 'spillway', 'store')
    await expect(DiskStore.open({ directory })).rejects.toThrow(
      /cannot be written .*\/proc\/spillway\/store\. Make the directory writable for this user, or choose another/,
    )
  })

  it('taken over by another process meanwhile: nothing more is acknowledged', async () => {
    const clock = new VirtualClock()
    const store = await use({ clock }).open()
    const stream = await store.openStream('events', WIDE)
    writeFileSync(join(harness.directory, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere' }))
    clock.advance(5_000)
    await vi.waitFor(() => expect(store.health()).toMatchObject({ healthy: false }), 30_000)
    expect(await stream.append([anEvent(harness, 'a')])).toMatchObject({
      taken: false,
      detail: expect.stringContaining('Another process took the data directory'),
    })
    await harness.end()
    expect(await readFile(join(harness.directory, 'lock'), 'utf8')).toContain('elsewhere')
  })

  it('not a directory', async () => {
    use()
    writeFileSync(harness.directory, '')
    await expect(harness.open()).rejects.toThrow(/cannot be written .*Make the directory writable/)
  })
})

describe('after a flush that failed', () => {
  it('nothing is acknowledged, nothing is believed, and the store says so', async () => {
    const store = await use().open()
    const stream = await store.openStream('events', WIDE)
    await put(stream, anEvent(harness, 'a'))
    const handle = await open(join(root, 'x'), 'w')
    const prototype: { datasync(): Promise<void> } = Object.getPrototypeOf(handle)
    await handle.close()
    const flush = vi
      .spyOn(prototype, 'datasync')
      .mockRejectedValue(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }))
    const event = anEvent(harness, 'b', { dedupe: true })
    const both = await Promise.all([stream.append([event]), stream.append([event])])
    for (const result of both) expect(result).toMatchObject({ taken: false, reason: 'failed' })
    flush.mockRestore()
    expect(await stream.append([anEvent(harness, 'c')])).toMatchObject({ taken: false, reason: 'failed' })
    expect(store.health()).toMatchObject({
      healthy: false,
      failure: { code: 'ERR_STORE_FAILED', stream: 'events' },
    })
    expect(await texts(stream)).toEqual(['a'])
    await harness.kill()
    const again = await (await harness.open()).openStream('events', WIDE)
    expect((await texts(again))[0]).toBe('a')
    expect(await again.append([event])).toMatchObject({ taken: true })
  })
})

describe('after a crash', () => {
  it('the last group is written and flushed once more before it is believed', async () => {
    const stream = await openEvents()
    await put(stream, anEvent(harness, 'acknowledged or not'))
    await crash()
    const handle = await open(join(root, 'x'), 'w')
    const prototype: Pick<typeof handle, 'write' | 'sync'> = Object.getPrototypeOf(handle)
    await handle.close()
    const calls: string[] = []
    const { write, sync } = prototype
    vi.spyOn(prototype, 'write').mockImplementation(function (this: typeof handle, ...given) {
      calls.push(Buffer.from(given[0]).toString('latin1'))
      return Reflect.apply(write, this, given)
    })
    vi.spyOn(prototype, 'sync').mockImplementation(function (this: typeof handle) {
      calls.push('sync')
      return Reflect.apply(sync, this, [])
    })
    await openEvents()
    const written = calls.findIndex((call) => call.includes('acknowledged or not'))
    expect(written).toBeGreaterThanOrEqual(0)
    expect(calls[written + 1]).toBe('sync')
  })
})

describe('damage', () => {
  it('among acknowledged events of the newest segment is told at the opening, with file and byte', async () => {
    const stream = await openEvents()
    for (const event of numbered(20)) await put(stream, event)
    await crash()
    await damage(streamFiles('.log')[0] ?? '', 'event 007')
    await expect(openEvents()).rejects.toThrow(/damaged at byte \d+.*\.log\. Restore the file from a backup/)
    expect(streamFiles('.log')).toHaveLength(1)
  })

  it('is passed over when asked to: the rest is kept, what is missing is counted, a copy is set aside', async () => {
    const stream = await openEvents()
    for (const event of numbered(20)) await put(stream, event)
    await crash()
    await damage(streamFiles('.log')[0] ?? '', 'event 007')
    const again = await openEvents({ onDamage: 'skip' })
    expect(await texts(again)).toEqual(
      numbered(20)
        .map((event) => String(event.payload))
        .filter((text) => text !== 'event 007'),
    )
    expect(again.counts()).toMatchObject({ recovered: 20, failed: 1, damaged: 1, backlog: { items: 19 } })
    expect(streamFiles('.damaged')).toHaveLength(1)
    await harness.end()
    expect((await openEvents()).counts()).toMatchObject({ recovered: 19, failed: 0 })
  })

  it('of a whole page is passed over when asked to, and every event that lies elsewhere is kept', async () => {
    const stream = await openEvents()
    for (const event of numbered(200)) await put(stream, event)
    await crash()
    const [path = ''] = streamFiles('.log')
    await writeFile(path, (await readFile(path)).fill(0, 4_096, 8_192))
    await expect(openEvents()).rejects.toThrow(/damaged at byte \d+/)
    await harness.end()
    const again = await openEvents({ onDamage: 'skip' })
    const { damaged, failed, backlog, recovered } = again.counts()
    expect([recovered, failed, damaged + backlog.items]).toEqual([200, damaged, 200])
    expect(damaged).toBeGreaterThan(20)
    expect(damaged).toBeLessThan(60)
    expect(await texts(again)).toHaveLength(backlog.items)
  })

  it('of an old segment is met when its events are read: the rest is delivered, the file is kept', async () => {
    const stream = await openEvents({ segmentBytes: 4096 })
    for (const event of numbered(100)) await put(stream, event)
    await harness.end()
    await damage(streamFiles('.log')[0] ?? '', 'event 007')
    const again = await openEvents({ segmentBytes: 4096 })
    expect(again.counts()).toMatchObject({ recovered: 100, backlog: { items: 100 } })
    const events = await again.read({ after: 0, maxItems: 1_000 })
    expect(events).toHaveLength(99)
    expect(again.counts()).toMatchObject({ failed: 1, damaged: 1, backlog: { items: 99 } })
    expect(harness.warnings.join()).toMatch(/cannot be read back/)
    await again.settle(
      events.map((event) => event.seq),
      'delivered',
    )
    expect(again.counts().backlog).toEqual({ items: 0, bytes: 0 })
    expect(streamFiles('.damaged')).toHaveLength(1)
  })

  it('that cut an old segment short is told at the opening', async () => {
    const stream = await openEvents({ segmentBytes: 4096 })
    for (const event of numbered(100)) await put(stream, event)
    await harness.end()
    await truncate(streamFiles('.log')[0] ?? '', 2_000)
    await expect(openEvents({ segmentBytes: 4096 })).rejects.toThrow(/ends at byte 2000, but/)
    await harness.end()
    const again = await openEvents({ segmentBytes: 4096, onDamage: 'skip' })
    const { damaged, backlog } = again.counts()
    expect(damaged + backlog.items).toBe(100)
    expect(await texts(again)).toHaveLength(backlog.items)
  })

  it('of the journal is told at the opening; passed over, what was delivered comes again', async () => {
    const stream = await openEvents()
    for (const event of numbered(3)) await put(stream, event)
    await stream.settle([1], 'delivered')
    await harness.end()
    await damage(join(harness.directory, 'streams', 'events', 'journal'), 'SPILLJN')
    await expect(openEvents()).rejects.toThrow(/journal does not begin as one.*Restore the file/)
    await harness.end()
    const again = await openEvents({ onDamage: 'skip' })
    expect(await texts(again)).toHaveLength(3)
    expect(streamFiles('journal.damaged')).toHaveLength(1)
  })

  it('is no matter in what was never acknowledged: a torn tail is cut off', async () => {
    const stream = await openEvents()
    for (const event of numbered(3)) await put(stream, event)
    await crash()
    const [path = ''] = streamFiles('.log')
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.from('spel\x10\0\0\0torn')]))
    expect(await texts(await openEvents())).toHaveLength(3)
  })

  it('is no matter in half a batch: all of it is gone, and what comes afterwards is kept', async () => {
    const stream = await openEvents()
    await put(stream, ...numbered(3))
    await put(stream, ...['x', 'y', 'z'].map((text) => anEvent(harness, text)))
    await crash()
    const [path = ''] = streamFiles('.log')
    await truncate(path, (await readFile(path)).length - 1)
    await put(await openEvents(), anEvent(harness, 'new'))
    await crash()
    const again = await openEvents()
    expect(await texts(again)).toEqual(['event 000', 'event 001', 'event 002', 'new'])
    expect(again.counts()).toMatchObject({ recovered: 4, damaged: 0 })
  })

  it('never lets bytes of a payload pass for an event', async () => {
    const stream = await openEvents()
    await put(stream, anEvent(harness, 'genuine'))
    const copy = (await readFile(streamFiles('.log')[0] ?? '')).subarray(16)
    await put(stream, anEvent(harness, 'x', { payload: copy }), anEvent(harness, 'y'))
    await crash()
    await damage(streamFiles('.log')[0] ?? '', 'id-x')
    const again = await openEvents({ onDamage: 'skip' })
    expect((await texts(again)).filter((text) => text === 'genuine')).toHaveLength(1)
  })
})

describe.skipIf(!canMount())('a volume of 2 MiB', () => {
  afterEach(async () => {
    await harness.end()
    spawnSync('umount', [root])
  })
  const mount = (...options: string[]): void => {
    spawnSync('mount', ['-t', 'tmpfs', '-o', ['size=2m', ...options].join(), 'tmpfs', root])
  }
  const large = (i: number): NewEvent =>
    anEvent(harness, `n${i}`, { payload: Buffer.alloc(10_000, i), dedupe: true })

  it('that is full refuses events, keeps and delivers what it took, and takes more afterwards', async () => {
    mount()
    const store = await use({ segmentBytes: 65_536 }).open()
    const stream = await store.openStream('events', {
      ...WIDE,
      backlog: { items: 1e4, bytes: 1e8, maxAgeMs: 1e9 },
    })
    let taken = 0
    let result = await stream.append([large(0)])
    while (result.taken) result = await stream.append([large(++taken)])
    expect(result).toMatchObject({ reason: 'no-space', detail: expect.stringContaining('Free some space') })
    expect(store.health()).toMatchObject({ healthy: false, failure: { code: 'ERR_STORE_NO_SPACE' } })
    expect(await stream.append([large(taken)])).toMatchObject({ reason: 'no-space' })
    const events = await stream.read({ after: 0, maxItems: 1_000 })
    expect(events).toHaveLength(taken)
    expect(
      await stream.settle(
        events.slice(0, 50).map((event) => event.seq),
        'delivered',
      ),
    ).toBe(50)
    expect(await stream.append([large(taken)])).toMatchObject({ taken: true, accepted: 1, duplicates: 0 })
    expect(store.health()).toEqual({ healthy: true })
    expect(stream.counts().backlog.items).toBe(taken - 49)
  })

  it('keeps its reserve', async () => {
    mount()
    const store = await use({ minFreeBytes: 2 ** 20 }).open()
    const stream = await store.openStream('events', {
      ...WIDE,
      backlog: { items: 1e4, bytes: 1e8, maxAgeMs: 1e9 },
    })
    let taken = 0
    while ((await stream.append([large(taken)])).taken) taken++
    expect(taken).toBeGreaterThan(50)
    expect(taken).toBeLessThan(110)
  })

  it('that is read-only is told at the opening', async () => {
    mount('ro')
    use()
    await expect(DiskStore.open({ directory: root })).rejects.toThrow(
      /cannot be written .*Make the directory writable/,
    )
  })
})

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'spillway-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe])
  const can = !mounted.error && mounted.status === 0
  if (can) spawnSync('umount', [probe])
  else console.warn('SKIPPED: no volume can be mounted here (it needs root); nothing is known of full disks')
  rmSync(probe, { recursive: true, force: true })
  return can
}
