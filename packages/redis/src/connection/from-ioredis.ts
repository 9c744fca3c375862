/**
 * ioredis and its sibling iovalkey, single, sentinel or cluster.
 *
 * Their offline queue must be off: it keeps the commands of an outage without
 * bound, and lets requests wait for a server that is not there.
 */
import { OptionError } from 'spillway'
import { connectionFaults, type EventSource } from './connection-faults.ts'
import type { ScriptRunner } from './script-runner.ts'

/** What is used of a client of ioredis 6, or of iovalkey. */
export interface IoredisClient extends EventSource {
  evalsha(sha1: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
  readonly options?: { readonly enableOfflineQueue?: boolean | undefined } | undefined
}

/**
 * Runs scripts on a client of ioredis or iovalkey.
 *
 * @throws OptionError when it is no such client, or its offline queue is on
 */
export function fromIoredis(client: IoredisClient): ScriptRunner {
  if (typeof client?.evalsha !== 'function' || typeof client.eval !== 'function') {
    throw new OptionError('fromIoredis', 'client', 'it takes a client of ioredis or iovalkey')
  }
  if (client.options && client.options.enableOfflineQueue !== false) {
    const remedy = 'make the client with { enableOfflineQueue: false }'
    const why = 'it would keep commands without bound while Redis is away, and let requests wait for it'
    throw new OptionError('fromIoredis', 'client', `the client's offline queue is on; ${remedy}: ${why}`)
  }
  return {
    explain: connectionFaults(client),
    evalSha: (sha1, keys, args) => client.evalsha(sha1, keys.length, ...keys, ...args),
    eval: (text, keys, args) => client.eval(text, keys.length, ...keys, ...args),
  }
}
