/**
 * Example 18: one quota for a fleet.
 *
 * Three nodes share one quota on Redis. Exact: each ask is a decision of
 * Redis. Leased: each node decides from tokens it was lent. Then Redis dies,
 * and what happens is what was declared. It starts a server of its own; where
 * there is none it says so, and does nothing.
 *
 * Needs: redis-server
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  fromIoredis,
  LeasedRateLimiter,
  RedisRateLimiter,
  type RedisRateLimiterOptions,
} from '@spillway/redis'
import { Redis } from 'ioredis'
import { isOverloadError } from 'spillway'

/** What all of them share. */
type Quota = Pick<RedisRateLimiterOptions, 'redis' | 'ratePerSecond' | 'burst' | 'whenUnavailable'>

const folder = mkdtempSync(join(tmpdir(), 'spillway-example-'))

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP server has one
  probe.close()
  return port
}

/** A server that is ours alone; `undefined` when this machine has none. */
async function startRedis(port: number): Promise<ChildProcess | undefined> {
  const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const server = spawn('redis-server', settings, { stdio: 'ignore' })
  const isThere = await Promise.race([
    once(server, 'spawn').then(() => true),
    once(server, 'error').then(() => false),
  ])
  return isThere ? server : undefined
}

/** Ten asks pass, whichever node they come to. */
async function showExact(quota: Quota): Promise<void> {
  const nodes = [1, 2, 3].map(() => new RedisRateLimiter({ ...quota, name: 'exact', callTimeoutMs: 1000 }))
  await nodes[0]!.check()
  let passed = 0
  for (let i = 0; i < 15; i++) {
    await nodes[i % 3]!.enter({ key: 'tenant-1', timeoutMs: 0 }).then(() => passed++, isOverloadError)
  }
  console.log(`exact: ${passed} of 15 passed`)
  await nodes[2]!.enter({ key: 'tenant-2' })
  console.log('exact: another tenant has a quota of its own')
}

/** A node that closes gives back what it holds. */
async function showLeased(quota: Quota): Promise<void> {
  const nodes = [1, 2].map(() => new LeasedRateLimiter({ ...quota, name: 'leased', leaseMs: 20_000 }))
  for (const node of nodes) await node.check()
  const permit = await nodes[0]!.enter({ cost: 10, timeoutMs: 1000 })
  permit.cancel()
  const early = nodes[1]!.tryEnter({ cost: 5 })
  console.log(`leased: while another node holds all, ${early.admitted ? 'admitted' : early.code}`)
  await nodes[0]!.close()
  await nodes[1]!.check()
  await nodes[1]!.enter({ cost: 10, timeoutMs: 30_000 })
  console.log('leased: all ten are back when it has closed')
  await nodes[1]!.close()
}

/** Refused, as declared, and at once. */
async function showOutage(quota: Quota, server: ChildProcess): Promise<void> {
  const limiter = new RedisRateLimiter({ ...quota, name: 'exact' })
  server.kill('SIGKILL')
  await once(server, 'exit')
  const refused: unknown = await limiter.enter({ key: 'tenant-3' }).catch((error: unknown) => error)
  console.log(
    `Redis is gone: ${isOverloadError(refused) ? `${refused.code}, ${refused.httpStatus}` : refused}`,
  )
  console.log(`asks that found it away: ${limiter.stats().unavailable}`)
}

async function show(port: number, server: ChildProcess): Promise<void> {
  // One client for all nodes here; in a fleet each process has its own.
  const client = new Redis(port, '127.0.0.1', { enableOfflineQueue: false, retryStrategy: () => 50 })
  client.on('error', () => {})
  const quota: Quota = {
    redis: fromIoredis(client),
    ratePerSecond: 0.1,
    burst: 10,
    whenUnavailable: 'refuse',
  }
  await showExact(quota)
  await showLeased(quota)
  await showOutage(quota, server)
  client.disconnect()
}

const port = await freePort()
const server = await startRedis(port)
try {
  if (server) await show(port, server)
  else console.error('SKIPPED: there is no redis-server on the PATH (Debian: apt-get install redis-server)')
} finally {
  server?.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}

// Output:
// exact: 10 of 15 passed
// exact: another tenant has a quota of its own
// leased: while another node holds all, ERR_RATE_LIMITED
// leased: all ten are back when it has closed
// Redis is gone: ERR_LIMIT_UNAVAILABLE, 503
// asks that found it away: 1
