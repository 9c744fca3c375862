/**
 * A real `nats-server` for a test: on a free port of 127.0.0.1, with a folder
 * of its own that outlives its process, gone at the end.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'

/** Whether there is a `nats-server` to test against. */
export const hasNatsServer: boolean = spawnSync('nats-server', ['--version']).status === 0

/** A suite that needs a server: without one it is skipped, and says so in one line. */
export function describeWithNats(name: string, suite: () => void): void {
  if (!hasNatsServer)
    console.warn(
      `SKIPPED: ${name}: there is no nats-server on the PATH (Debian: apt-get install nats-server)`,
    )
  describe.skipIf(!hasNatsServer)(name, suite)
}

/** A running server. */
export class NatsServer {
  readonly port: number
  readonly #folder = mkdtempSync(join(tmpdir(), 'spillway-nats-'))
  #process: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
  }

  /**
   * Starts a server, and waits until it answers.
   *
   * @param config - further lines of its configuration
   */
  static async start({ jetstream = true, config = '' } = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePort())
    const store = jetstream ? `jetstream { store_dir: "${server.#folder}", max_file: 2GB }` : ''
    const lines = [`host: 127.0.0.1`, `port: ${server.port}`, store, config]
    writeFileSync(join(server.#folder, 'nats.conf'), lines.join('\n'))
    await server.run()
    return server
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`
  }

  /** Starts the process, again after `kill`. It goes on with its files. */
  async run(): Promise<void> {
    const child = spawn('nats-server', ['-c', join(this.#folder, 'nats.conf')], { stdio: 'ignore' })
    this.#process = child
    for (let attempt = 0; attempt < 200; attempt++) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}`)
      if (await answers(this.port)) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('nats-server does not answer')
  }

  /** Ends it without a word, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await ended
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  /** Ends it and takes its folder away. */
  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (typeof address !== 'object' || address === null) throw new Error('a TCP server has an address')
  return address.port
}

/** Whether it greets: a server of NATS speaks first. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(500, () => end(false))
  })
}
