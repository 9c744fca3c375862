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

/** What a handler does with its item; each contender makes its async handler of it. */
export type Work = (item: Item) => void

/** Produces `count` items and resolves when every one is handled. */
export type Runner = (count: number) => Promise<void>

/** One package: its version, and how it runs tasks. */
export interface Contender {
  readonly package?: string
  /** Makes one queue, as a service would, that lasts for the whole measurement. */
  load(work: Work): Promise<Runner>
}

/**
 * A runner around a function that runs one task and promises its end: the waiting producer starts the next one
 * when fewer than `bound` are outstanding.
 */
export function withWaitingProducer(
  work: Work,
  start: (task: () => Promise<void>) => Promise<unknown>,
  bound: number,
): Runner {
  const places = new Places(bound)
  const task = async (): Promise<void> => {
    work(ITEM)
    places.give()
  }
  return async (count) => {
    let last: Promise<unknown> = Promise.resolve()
    for (let i = 0; i < count; i++) {
      last = start(task)
      await places.fill()
    }
    await last
    while (!places.empty) await new Promise((resolve) => setImmediate(resolve))
  }
}
