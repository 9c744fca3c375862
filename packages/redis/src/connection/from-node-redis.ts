/**
 * node-redis, the npm package `redis`: a client or a cluster.
 *
 * Its offline queue must be off: it keeps the commands of an outage without
 * bound, and lets requests wait for a server that is not there.
 */
import { OptionError } from 'spillway'
import { connectionFaults, type EventSource } from './connection-faults.ts'
import type { ScriptRunner } from './script-runner.ts'

/** Keys and arguments as node-redis takes them. */
export interface NodeRedisScriptArguments {
  keys?: string[]
  arguments?: string[]
}

/** What is used of a client of node-redis 6. */
export interface NodeRedisClient extends EventSource {
  evalSha(sha1: string, given?: NodeRedisScriptArguments): Promise<unknown>
  eval(script: string, given?: NodeRedisScriptArguments): Promise<unknown>
  // A cluster keeps its options to itself.
  readonly options?: { readonly disableOfflineQueue?: boolean | undefined } | undefined
}

/**
 * Runs scripts on a client of node-redis. A cluster does not show its options: give it
 * `defaults: { disableOfflineQueue: true }`.
 *
 * @throws OptionError when it is no such client, or its offline queue is on
 */
export function fromNodeRedis(client: NodeRedisClient): ScriptRunner {
  if (typeof client?.evalSha !== 'function' || typeof client.eval !== 'function') {
    throw new OptionError(
      'fromNodeRedis',
      'client',
      'it takes a client of the npm package redis, from version 6',
    )
  }
  if (client.options && client.options.disableOfflineQueue !== true) {
    const remedy = 'make the client with { disableOfflineQueue: true }'
    const why = 'it would keep commands without bound while Redis is away, and let requests wait for it'
    throw new OptionError('fromNodeRedis', 'client', `the client's offline queue is on; ${remedy}: ${why}`)
  }
  return {
    explain: connectionFaults(client),
    evalSha: (sha1, keys, args) => client.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
    eval: (text, keys, args) => client.eval(text, { keys: [...keys], arguments: [...args] }),
  }
}
