import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from 'spillway/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskStore } from '../src/store/disk/disk-store.ts'
import { killNow, Promises, reckon, startBusyChild } from './store-faults/busy-process.ts'

const WIDE = {
  backlog: { items: 1e6, bytes: 1e9, maxAgeMs: 1e9 },
  deadLetters: { items: 1e6, bytes: 1e9 },
  dedupe: { windowMs: 1e9, maxKeys: 1e6 },
}

describe('a process killed with SIGKILL, again and again', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spillway-kill-'))
  })
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  const rounds = Number(process.env['STORE_KILL_ROUNDS'] ?? 6)
  const timeout = 60_000 + 10_000 * rounds

  it('loses no acknowledged event, invents none, and counts right', { timeout }, async () => {
    const random = seededRandom(rounds)
    const promises = new Promises()
    for (let round = 0; round < rounds; round++) {
      const child = await startBusyChild({ directory, firstId: round * 1e6 }, promises)
      await sleep(random() * 400)
      await killNow(child)
      const store = await DiskStore.open({ directory, minFreeBytes: 0 })
      const stream = await store.openStream('events', WIDE)
      const reckoning = await reckon(stream, promises)
      expect(reckoning).toEqual({ found: reckoning.found, lost: [], notSetAside: [], invented: [], torn: [] })
      const { backlog, deadLetters, recovered } = stream.counts()
      expect([backlog.items + deadLetters.items, recovered]).toEqual([reckoning.found, reckoning.found])
      await store.close()
    }
    expect(promises.acknowledged.size).toBeGreaterThan(rounds)
  })
})
