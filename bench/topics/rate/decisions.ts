/**
 * The loop that the rate benchmarks have in common: ask, and count the answer
 * that is expected.
 */
import { createRequire } from 'node:module'
import type { Scale } from '../../harness/benchmark.ts'
import { throughput } from '../../harness/measure.ts'

/** A rate that nobody exhausts. */
export const PLENTY = 1e9

/** Asks a limiter that answers at once. */
export function decide(ask: () => boolean, scale: Scale): Promise<number> {
  return throughput((count) => {
    let done = 0
    for (let i = 0; i < count; i++) if (ask()) done++
    return done
  }, scale)
}

/** Asks a limiter that answers with a promise. */
export function decideAsync(ask: () => Promise<boolean>, scale: Scale): Promise<number> {
  return throughput(async (count) => {
    let done = 0
    for (let i = 0; i < count; i++) if (await ask()) done++
    return done
  }, scale)
}

/** The memory store of `@fastify/rate-limit`, which the package neither exports nor types. */
export interface FastifyLocalStore {
  incr(
    key: string,
    done: (error: Error | null, state: { readonly current: number }) => void,
    timeWindowMs: number,
    max: number,
  ): void
}

/** Loads that store from its file. */
export function fastifyLocalStore(maxKeys: number): FastifyLocalStore {
  const load = createRequire(import.meta.url)
  // `require` is typed `any`; the interface above is what the file has.
  const Store = load('@fastify/rate-limit/store/LocalStore.js') as new (
    continueExceeding: boolean,
    exponentialBackoff: boolean,
    maxKeys: number,
  ) => FastifyLocalStore
  return new Store(false, false, maxKeys)
}

/** The shared reply of that store, read by the caller right after the call: it answers synchronously. */
export class FastifyReply {
  current = 0
  readonly done = (_error: Error | null, state: { readonly current: number }): void => {
    this.current = state.current
  }
}
