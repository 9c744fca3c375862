/**
 * The store contract as sentences that can be checked: run them over every
 * engine. They need no test framework: each one throws when it is broken.
 */
import { APPEND_PROMISES } from './append-promises.ts'
import { BACKLOG_PROMISES } from './backlog-promises.ts'
import { RESTART_PROMISES } from './restart-promises.ts'
import type { StorePromise } from './store-promise.ts'

/** Every promise that a store makes. */
export const STORE_PROMISES: readonly StorePromise[] = [
  ...APPEND_PROMISES,
  ...BACKLOG_PROMISES,
  ...RESTART_PROMISES,
]
