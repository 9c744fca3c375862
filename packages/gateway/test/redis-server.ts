/**
 * A real `redis-server` for a test. It forgets everything with its process.
 */
import { describeWith, folderFor, freePort, ServerProcess } from './server-process.ts'

/** A suite that needs a server. */
export function describeWithRedis(name: string, suite: () => void): void {
  describeWith('redis-server', name, suite)
}

/** A running server. */
export class RedisServer extends ServerProcess {
  /** Starts a server with further settings, as on its command line, and waits until it answers. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const [port, folder] = [await freePort(), folderFor('redis')]
    const base = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    const args = [...base, '--save', '', '--appendonly', 'no', ...settings]
    const command = { program: 'redis-server', args, greeting: 'PING\r\n' }
    const server = new RedisServer(port, folder, command)
    await server.run()
    return server
  }
}
