/**
 * Which errors of the work are signs of overload: only those may train a limit.
 *
 * Floor 4: imports `errors`.
 */
import { isOverloadError } from '../errors/overload-error.ts'

/**
 * Whether `error` says that something below is overloaded: a timeout (`name` is `TimeoutError`), a refusal by
 * Spillway, or an HTTP answer of 429 or 503 (`status` or `statusCode`). Any other failure is the work's own.
 */
export function isSignOfOverload(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  if (isOverloadError(error) || Reflect.get(error, 'name') === 'TimeoutError') return true
  const status: unknown = Reflect.get(error, 'status') ?? Reflect.get(error, 'statusCode')
  return status === 429 || status === 503
}
