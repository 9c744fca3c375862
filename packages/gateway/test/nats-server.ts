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
    const store = (folder: string): string => `jetstream { store_dir: "${folder}", max_file: 100GB }`
    const lines = (folder: string): readonly string[] => [jetstream ? store(folder) : '', config]
    const server = NatsServer.prepared(await freePort(), lines)
    await server.run()
    return server
  }

  /** A server that is not started yet; the lines of its configuration may name its folder. */
  static prepared(port: number, lines: (folder: string) => readonly string[]): NatsServer {
    const folder = folderFor('nats')
    const file = join(folder, 'nats.conf')
    writeFileSync(file, [`host: 127.0.0.1`, `port: ${port}`, ...lines(folder)].join('\n'))
    return new NatsServer(port, folder, { program: 'nats-server', args: ['-c', file] })
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }
}
