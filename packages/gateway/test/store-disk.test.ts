import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'vitest'
import type { StoreHarness } from '../src/store/conformance/store-promise.ts'
import { STORE_PROMISES } from '../src/store/conformance/store-promises.ts'
import { DiskHarness } from './store-disk-harness.ts'

describe.each([
  ['large segments', 16 * 2 ** 20],
  ['the smallest segments', 4096],
])('a store on the disk keeps the contract, with %s:', (_, segmentBytes) => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spillway-store-'))
  })
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true })
  })

  for (const promise of STORE_PROMISES) {
    it(promise.title, async () => {
      const harness: StoreHarness & DiskHarness = new DiskHarness(directory, { segmentBytes })
      await promise.run(harness)
      await harness.end()
    })
  }
})
