/**
 * What is asked of a Redis client: two methods, so that any client will do.
 *
 * `fromIoredis` and `fromNodeRedis` make one of the usual clients. A runner
 * of one's own sends the command at once or rejects: it queues nothing.
 */

/** Runs Lua scripts on Redis or Valkey. Every script here uses exactly one key, so a cluster will do as well. */
export interface ScriptRunner {
  /** `EVALSHA`: runs a script that the server knows by its SHA-1. Rejects with `NOSCRIPT` when it does not. */
  evalSha(sha1: string, keys: readonly string[], args: readonly string[]): PromiseLike<unknown>
  /** `EVAL`: runs a script from its text; the server knows it afterwards. */
  eval(script: string, keys: readonly string[], args: readonly string[]): PromiseLike<unknown>
  /** The reason behind a rejection, where a client tells it elsewhere: refused credentials are an event, for instance. */
  explain?(fault: unknown): unknown
}

/** Whether `value` has the two methods, and is no client of the usual kinds, whose methods take other arguments. */
export function isScriptRunner(value: unknown): value is ScriptRunner {
  if (typeof value !== 'object' || value === null) return false
  const methods = ['evalSha', 'eval'].every((name) => typeof Reflect.get(value, name) === 'function')
  return methods && typeof Reflect.get(value, 'on') !== 'function'
}
