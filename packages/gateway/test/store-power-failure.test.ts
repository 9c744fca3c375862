import type { ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from 'spillway/testing'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskStore } from '../src/store/disk/disk-store.ts'
import { killNow, Promises, type Reckoning, reckon, startBusyChild } from './store-faults/busy-process.ts'
import { buildInterposer, FlushControl } from './store-faults/flush-control.ts'
import { layOutAfterPowerFailure } from './store-faults/power-failure.ts'

const WIDE = {
  backlog: { items: 1e6, bytes: 1e9, maxAgeMs: 1e9 },
  deadLetters: { items: 1e6, bytes: 1e9 },
  dedupe: { windowMs: 1e9, maxKeys: 1e6 },
}
/** So many acknowledged events that a failure of the power meets some of them. */
const ENOUGH = 50
const root = mkdtempSync(join(tmpdir(), 'spillway-power-'))
const library = buildInterposer(root)

afterAll(() => rm(root, { recursive: true, force: true }))

describe.skipIf(!library)('a disk whose flushes are watched', () => {
  let run: string
  let control: FlushControl
  let child: ChildProcess | undefined
  let round = 0
  beforeEach(async () => {
    run = join(root, `run-${round++}`)
    await mkdir(run)
    control = new FlushControl(run, library ?? '')
  })
  afterEach(async () => {
    control.set('pass')
    if (child) await killNow(child)
    child = undefined
    control.close()
  })

  const start = async (promises: Promises, withoutFlush = false): Promise<ChildProcess> => {
    const directory = join(run, 'data')
    const { environment } = control
    child = await startBusyChild({ directory, firstId: 0, environment, withoutFlush }, promises)
    return child
  }

  /** Kills a busy child, cuts the power, and opens what is left. */
  const failPower = async (
    seed: number,
    withoutFlush: boolean,
  ): Promise<Reckoning & { acknowledged: number }> => {
    const promises = new Promises()
    const random = seededRandom(seed)
    await start(promises, withoutFlush)
    // A slow disk has something unflushed at almost any instant.
    if (seed % 2 === 0) control.set('slow')
    await sleep(100 + random() * 300)
    // On a busy machine nothing may have come of that time.
    while (promises.acknowledged.size < ENOUGH) await sleep(10)
    if (child) await killNow(child)
    child = undefined
    const left = join(run, `left-${seed}`)
    layOutAfterPowerFailure({ seen: join(run, 'data'), shadow: control.shadow, random }, left)
    await rm(join(left, 'lock'), { force: true })
    const onDamage = withoutFlush ? 'skip' : 'refuse'
    const store = await DiskStore.open({ directory: left, minFreeBytes: 0, onDamage, onWarning: () => {} })
    const stream = await store.openStream('events', WIDE)
    const reckoning = await reckon(stream, promises)
    await store.close()
    return { ...reckoning, acknowledged: promises.acknowledged.size }
  }

  it('acknowledges nothing while its flush is held, and everything once it has returned', async () => {
    const promises = new Promises()
    await start(promises)
    while (promises.acknowledged.size < ENOUGH) await sleep(10)
    control.set('hold')
    while (control.counts().started === control.counts().returned) await sleep(5)
    // What the flush before had made durable is still being said, for long where the machine is busy.
    let before = -1
    while (promises.acknowledged.size > before) {
      before = promises.acknowledged.size
      await sleep(200)
    }
    await sleep(400)
    expect(promises.acknowledged.size).toBe(before)
    control.set('pass')
    while (promises.acknowledged.size === before) await sleep(10)
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'keeps every acknowledged event through a power failure (seed %i)',
    async (seed) => {
      const { found, acknowledged, ...rest } = await failPower(seed, false)
      expect(rest).toEqual({ lost: [], notSetAside: [], invented: [], torn: [] })
      expect(Math.min(found, acknowledged)).toBeGreaterThan(0)
    },
  )

  it('acknowledges nothing more after a flush that failed, and keeps what it had acknowledged', async () => {
    const promises = new Promises()
    const failing = await start(promises)
    await sleep(150)
    control.set('fail')
    const code = await new Promise((resolve) => {
      failing.removeAllListeners('exit')
      failing.once('close', resolve)
    })
    child = undefined
    expect(code).toBe(70)
    control.set('pass')
    const store = await DiskStore.open({ directory: join(run, 'data'), minFreeBytes: 0 })
    const { lost, notSetAside, invented, torn } = await reckon(
      await store.openStream('events', WIDE),
      promises,
    )
    await store.close()
    expect([lost, notSetAside, invented, torn]).toEqual([[], [], [], []])
  })

  it('would notice a build that leaves the flush out', async () => {
    const { lost } = await failPower(7, true)
    expect(lost.length).toBeGreaterThan(0)
  })
})
