/**
 * One rate limit for a whole fleet, on Redis or Valkey.
 *
 * This list is the public surface, by name.
 */
export { fromIoredis, type IoredisClient } from './connection/from-ioredis.ts'
export {
  fromNodeRedis,
  type NodeRedisClient,
  type NodeRedisScriptArguments,
} from './connection/from-node-redis.ts'
export type { ScriptRunner } from './connection/script-runner.ts'
export { RedisSetupError } from './connection/setup-error.ts'
export type { RedisRateLimiterOptions } from './exact/exact-options.ts'
export { RedisRateLimiter, type RedisRateStats } from './exact/redis-rate-limiter.ts'
export type { LeasedRateLimiterOptions } from './lease/lease-options.ts'
export { LeasedRateLimiter, type LeasedRateStats } from './lease/leased-rate-limiter.ts'
export type { LedgerSnapshot } from './ledger/ledger.ts'
export type { RedisStats } from './ledger/redis-stats.ts'
export type { LocalShare, WhenUnavailable } from './ledger/when-unavailable.ts'
