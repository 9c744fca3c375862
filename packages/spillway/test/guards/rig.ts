/**
 * What the tests of the guards have in common: servers and clients that are
 * gone after each test, and handlers that answer when they are told to.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterEach } from 'vitest'
import { ConcurrencyLimiter, fixed } from '../../src/index.ts'
import { RawClient } from './raw-client.ts'
import type { Handle, Options, Served, Subject, Work } from './subjects.ts'

const servers: Pick<Served, 'close'>[] = []
const clients: RawClient[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  for (const server of servers.splice(0)) await server.close()
})

/** Starts a guarded server that is gone after the test. */
export async function serve(subject: Subject, options: Options, handle: Handle): Promise<Served> {
  const server = await subject.serve(options, handle)
  servers.push(server)
  return server
}

/** Has a server listen that a test made by itself; it is gone after the test. */
export async function listen(server: Server): Promise<number> {
  servers.push({
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port // a TCP server has one
}

/** Options with a limit of so many requests at a time. */
export function limited(limit: number, options: Omit<Options, 'gate'> = {}): Options {
  // On a busy machine a queue stands for long, and these tests decide themselves who waits in vain.
  const patient = { order: 'fifo', maxWaitMs: Number.POSITIVE_INFINITY } as const
  return { gate: new ConcurrencyLimiter({ limit: fixed(limit), maxWaiting: 8, ...patient }), ...options }
}

/** A connection that is gone after the test. */
export function raw(port: number): RawClient {
  const client = new RawClient(port)
  clients.push(client)
  return client
}

/** Asks with a client that others wrote. */
export function get(port: number, path = '/', headers: Record<string, string> = {}) {
  return request(`http://127.0.0.1:${port}${path}`, { headers })
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

/** A handler that holds its answers until they are let go. */
export class Holding {
  readonly works: Work[] = []
  readonly #letGo: ((text: string) => void)[] = []

  readonly handle: Handle = (work) => {
    this.works.push(work)
    return new Promise((resolve) => this.#letGo.push(resolve))
  }

  /** Resolves when so many requests have started. */
  started(count: number): Promise<void> {
    return until(() => this.works.length >= count)
  }

  /** Answers the request that started as number `index`. */
  letGo(index: number): void {
    this.#letGo[index]?.('done')
  }
}

/** The sum of counts by reason. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
