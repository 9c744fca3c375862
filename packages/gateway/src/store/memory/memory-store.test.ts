import { describe, it } from 'vitest'
import type { StoreHarness } from '../conformance/store-promise.ts'
import { STORE_PROMISES } from '../conformance/store-promises.ts'
import { MemoryStore } from './memory-store.ts'

describe('a store in memory keeps the contract:', () => {
  for (const promise of STORE_PROMISES.filter((each) => !each.needsRestart)) {
    it(promise.title, async () => {
      const harness: StoreHarness = {
        nowMs: 1_700_000_000_000,
        kill: undefined,
        open: async () => new MemoryStore({ wallNowMs: () => harness.nowMs }),
      }
      await promise.run(harness)
    })
  }
})
