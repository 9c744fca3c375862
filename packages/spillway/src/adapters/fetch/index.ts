/**
 * The client's side of overload protection, for `fetch`.
 */
export type { GuardedFetchOptions, GuardedInit } from './fetch-options.ts'
export { type GuardedFetch, guardedFetch } from './guarded-fetch.ts'
