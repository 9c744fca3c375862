/**
 * A real `nats-server` for a test. Its streams outlive its process.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeWith, folderFor, freePort, ServerProcess } from './server-process.ts'

/** A suite that needs a server. */
export function describeWithNats(name: string, suite: () => void): void {
  describeWith('nats-server', name, suite)
}

/** A running server. */
export class NatsServer extends ServerProcess {
  /**
   * Starts a server, and waits until it greets.
   *
   * @param config - further lines of its configuration
   */
  static async start({ jetstream = true, config = '' } = {}): Promise<NatsServer> {
    const [port, folder] = [await freePort(), folderFor('nats')]
    const file = join(folder, 'nats.conf')
    const store = jetstream ? `jetstream { store_dir: "${folder}", max_file: 100GB }` : ''
    writeFileSync(file, [`host: 127.0.0.1`, `port: ${port}`, store, config].join('\n'))
    const server = new NatsServer(port, folder, { program: 'nats-server', args: ['-c', file] })
    await server.run()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }
}
