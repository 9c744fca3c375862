/**
 * What Redis answers when something is set up wrongly, as a sentence that
 * names the remedy.
 */

/** Thrown by `check()` when Redis cannot be reached, or refuses what a limiter needs. */
export class RedisSetupError extends Error {
  /** Always `ERR_REDIS_SETUP`. */
  readonly code = 'ERR_REDIS_SETUP' as const
  /** Whether it may be over by itself: Redis is not there, or still starting. Everything else is for people to mend. */
  readonly mayPass: boolean

  constructor(owner: string, fault: unknown, mayPass = false) {
    super(`${owner}: ${sentenceFor(fault)}`, { cause: fault })
    this.mayPass = mayPass
  }

  override get name(): string {
    return 'RedisSetupError'
  }
}

/** What Redis says of a key that holds something else. */
export const IS_OF_ITS_KEY: RegExp = /WRONGTYPE|bad data in the key|data string too short/i

/** How a fault begins or what it contains, and what to do about it. The first row that fits is told. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^(NOAUTH|WRONGPASS)|invalid password|invalid username|without any password configured/i,
    'Redis refuses the credentials; give the client the username and password that the server expects',
  ],
  [
    /^NOPERM|has no permissions/i,
    'the Redis user may not do this; grant it with ACL SETUSER <user> +eval +evalsha +time +get +set +del +hset +hdel +hgetall +hmget +pexpire ~<prefix>*',
  ],
  [
    /unknown command|command is disabled|scripting.*disabled|^ERR.*not allowed/i,
    'this Redis runs no scripts; allow EVAL and EVALSHA (no rename-command for them, no service without Lua)',
  ],
  [
    /^(MOVED|ASK) /,
    'this server is one node of a cluster and the key lives on another; use the cluster client (Cluster of ioredis, createCluster of node-redis)',
  ],
  [
    /^CROSSSLOT/,
    'the cluster sees keys of several slots; pass the keys to the server unchanged, one for each script',
  ],
  [/^CLUSTERDOWN/, 'the Redis cluster does not serve all its slots; repair it (redis-cli --cluster check)'],
  [/^READONLY/, 'this server is a read-only replica; connect to the primary'],
  [IS_OF_ITS_KEY, 'the key holds something else; give the limiter another "prefix"'],
  [/^OOM/, 'Redis is out of memory; raise maxmemory, or choose a policy that evicts'],
  [
    /^MISCONF/,
    'Redis stopped taking writes because it cannot save; free its disk, or switch its snapshots off',
  ],
  [/^LOADING/, 'Redis is still loading its data; try again in a moment'],
  [/^BUSY/, 'another script occupies Redis; end it with SCRIPT KILL'],
  [/^NOREPLICAS/, 'Redis has too few replicas to take writes; restore them'],
  [
    /no answer within|Socket timeout/,
    'Redis accepts the connection and does not answer; look whether the process is stopped or overloaded',
  ],
  [
    /ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|ECONNRESET|isn't writeable|is closed|is offline|connection is closed|ClientOffline|ClientClosed|Socket closed/i,
    'Redis cannot be reached; start it, or correct the host and port of the client, and connect the client first',
  ],
]

/** One sentence for a fault: what is wrong, what to do, and what Redis said. */
export function sentenceFor(fault: unknown): string {
  const said = fault instanceof Error ? [fault.name, fault.message].join(': ') : String(fault)
  const message = fault instanceof Error ? fault.message : said
  const row = REMEDIES.find(([pattern]) => pattern.test(message) || pattern.test(said))
  return `${row ? row[1] : 'Redis cannot decide; see the cause'} (it said: ${said.slice(0, 200)})`
}
