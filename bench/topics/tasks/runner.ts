/**
 * What the task benchmarks have in common: a runner takes `count` items from
 * one waiting producer through ten concurrent handlers.
 */
import { ITEM, type Item, Places } from '../waiting-producer.ts'

/** How many handlers run at once. */
export const CONCURRENCY = 10

/** How many items wait for a handler at most. */
export const QUEUED = 1000

/** How many items are on their way at most: those that wait and those in a handler. */
export const OUTSTANDING: number = QUEUED + CONCURRENCY

/** Handles one item. */
export type Handler = (item: Item) => Promise<void>

/** Produces `count` items and resolves when every one is handled. */
export type Runner = (count: number, handle: Handler) => Promise<void>

/** One package: its version, and how it runs tasks. */
export interface Contender {
  readonly package?: string
  load(): Promise<Runner>
}

/**
 * A runner around a function that runs one task and promises its end: the waiting producer starts the next one
 * when fewer than `bound` are outstanding.
 */
export function withWaitingProducer(
  start: (task: () => Promise<void>) => Promise<unknown>,
  bound: number,
): Runner {
  return async (count, handle) => {
    const places = new Places(bound)
    let last: Promise<unknown> = Promise.resolve()
    const task = async (): Promise<void> => {
      await handle(ITEM)
      places.give()
    }
    for (let i = 0; i < count; i++) {
      last = start(task)
      await places.fill()
    }
    await last
    while (!places.empty) await new Promise((resolve) => setImmediate(resolve))
  }
}
