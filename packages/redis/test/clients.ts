/**
 * The three clients, connected to a test's server, as runners of scripts.
 */
import { Redis as Ioredis } from 'ioredis'
import { Redis as Iovalkey } from 'iovalkey'
import { createClient } from 'redis'
import { fromIoredis, fromNodeRedis, type ScriptRunner } from '../src/index.ts'

/** A connected client, as a limiter takes it. */
export interface Connected {
  readonly runner: ScriptRunner
  close(): void
}

const quiet = { retryStrategy: () => 50, enableOfflineQueue: false, lazyConnect: true }

/** Each client by its name. */
export const clients: Readonly<Record<string, (port: number, password?: string) => Promise<Connected>>> = {
  async ioredis(port, password) {
    const client = new Ioredis(port, '127.0.0.1', { ...quiet, ...(password ? { password } : {}) })
    client.on('error', () => {})
    await client.connect().catch(() => {})
    return { runner: fromIoredis(client), close: () => client.disconnect() }
  },
  async iovalkey(port, password) {
    const client = new Iovalkey(port, '127.0.0.1', { ...quiet, ...(password ? { password } : {}) })
    client.on('error', () => {})
    await client.connect().catch(() => {})
    return { runner: fromIoredis(client), close: () => client.disconnect() }
  },
  async 'node-redis'(port, password) {
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: () => 50 },
      disableOfflineQueue: true,
      ...(password ? { password } : {}),
    })
    client.on('error', () => {})
    client.connect().catch(() => {})
    for (let i = 0; i < 40 && !client.isReady; i++) await new Promise((resolve) => setTimeout(resolve, 25))
    return { runner: fromNodeRedis(client), close: () => client.destroy() }
  },
}

/** The client most tests use. */
export function connect(port: number): Promise<Connected> {
  return clients['ioredis']!(port)
}
