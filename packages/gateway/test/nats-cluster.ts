/**
 * Three real `nats-server`s that keep each stream three times: each can be
 * killed and started again with what it left.
 */
import { NatsServer } from './nats-server.ts'
import { freePort } from './server-process.ts'

/** A cluster of three. */
export class NatsCluster {
  readonly servers: readonly NatsServer[]

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers
  }

  /** Starts all three, and waits until each greets; they need a moment more to choose a leader. */
  static async start(): Promise<NatsCluster> {
    const places = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => ({ name, port: await freePort(), route: await freePort() })),
    )
    const routes = places.map(({ route }) => `nats://127.0.0.1:${route}`).join(', ')
    const servers = places.map(({ name, port, route }) => {
      return NatsServer.prepared(port, (folder) => [
        `server_name: ${name}`,
        `jetstream { store_dir: "${folder}", max_file: 10GB }`,
        `cluster { name: spillway, listen: "127.0.0.1:${route}", routes: [${routes}] }`,
      ])
    })
    await Promise.all(servers.map((server) => server.run()))
    return new NatsCluster(servers)
  }

  get urls(): readonly string[] {
    return this.servers.map(({ url }) => url)
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()))
  }
}
