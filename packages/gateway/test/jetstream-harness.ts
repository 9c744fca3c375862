/**
 * Stores on a real broker for tests. A kill is played by cutting the store off
 * from the broker, in the middle of whatever it says, and waiting until what
 * it had taken on is free.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { JetStreamSettings } from '../src/config/nats-settings.ts'
import type { StoreHarness } from '../src/store/conformance/store-promise.ts'
import { JetStreamStore } from '../src/store/jetstream/jetstream-store.ts'

const TAKE_OVER_MS = 500

/** Settings for a server, with a name that no other test has. */
export function settingsFor(url: string, more: Partial<JetStreamSettings> = {}): JetStreamSettings {
  return {
    servers: [url],
    prefix: `t${process.pid}-${Math.random().toString(36).slice(2)}`,
    replicas: 1,
    takeOverMs: TAKE_OVER_MS,
    maxPublishing: 256,
    maxUnacknowledged: 1000,
    partitions: 4,
    ...more,
  }
}

/** Waits until something is true, half a minute at most: stores look at the broker once a second, and a busy machine is slow. */
export async function until(isTrue: () => boolean | Promise<boolean>, mostMs = 30_000): Promise<void> {
  for (const endMs = performance.now() + mostMs; performance.now() < endMs; ) {
    if (await isTrue()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`not true: ${String(isTrue)}`)
}

/** Opens stores that can be cut off. */
export class JetStreamHarness implements StoreHarness {
  nowMs = 1_700_000_000_000
  readonly warnings: string[] = []
  readonly settings: JetStreamSettings
  readonly #port: number
  readonly #running: { readonly store: JetStreamStore; readonly relay: Relay }[] = []

  constructor(port: number, more: Partial<JetStreamSettings> = {}) {
    this.#port = port
    this.settings = settingsFor('', more)
  }

  open = async (): Promise<JetStreamStore> => {
    const relay = await Relay.open(this.#port)
    const store = await JetStreamStore.open({
      settings: { ...this.settings, servers: [`nats://127.0.0.1:${relay.port}`] },
      wallNowMs: () => this.nowMs,
      onWarning: (sentence) => {
        this.warnings.push(sentence)
      },
    })
    this.#running.push({ store, relay })
    return store
  }

  kill = async (): Promise<void> => {
    for (const { relay } of this.#running) relay.cut()
    await new Promise((resolve) => setTimeout(resolve, TAKE_OVER_MS + 200))
  }

  /** Lets go of every store that was opened. */
  async end(): Promise<void> {
    for (const { store, relay } of this.#running.splice(0)) {
      await store.close()
      relay.cut()
    }
  }
}

/** A wire between a store and its broker. */
class Relay {
  readonly port: number
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server
    this.#sockets = sockets
    this.port = (server.address() as AddressInfo).port // a TCP server has one
  }

  static async open(target: number): Promise<Relay> {
    const sockets = new Set<Socket>()
    const server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from)
        from.pipe(to)
        from.on('error', () => to.destroy())
        from.on('close', () => sockets.delete(from))
      }
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Relay(server, sockets)
  }

  cut(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
