/**
 * A real `redis-server` for a test: on a free port of 127.0.0.1, with a
 * folder of its own, gone at the end.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'

/** Whether there is a `redis-server` to test against. */
export const hasRedisServer: boolean = spawnSync('redis-server', ['--version']).status === 0

/** A suite that needs a server: without one it is skipped, and says so in one line. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (!hasRedisServer)
    console.warn(
      `SKIPPED: ${name}: there is no redis-server on the PATH (Debian: apt-get install redis-server)`,
    )
  describe.skipIf(!hasRedisServer)(name, suite)
}

/** A running server. */
export class RedisServer {
  readonly port: number
  readonly #folder: string
  readonly #settings: readonly string[]
  #process: ChildProcess | undefined

  private constructor(port: number, settings: readonly string[]) {
    this.port = port
    this.#settings = settings
    this.#folder = mkdtempSync(join(tmpdir(), 'spillway-redis-'))
  }

  /** Starts a server with further settings, as on its command line, and waits until it answers. */
  static async start(...settings: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings)
    await server.run()
    return server
  }

  /** Starts the process, again after `kill`. It has forgotten everything. */
  async run(): Promise<void> {
    const base = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder]
    const args = [...base, '--save', '', '--appendonly', 'no', ...this.#settings]
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    this.#process = child
    for (let attempt = 0; attempt < 1000; attempt++) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      if (await answers(this.port)) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('redis-server does not answer')
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

  /** It keeps its connections and answers nothing, from the moment on at which this returns. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
    while (!stands(this.#process?.pid));
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

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP server has one
  probe.close()
  await once(probe, 'close')
  return port
}

/** Whether no thread of a process runs any more; what cannot be told, without Linux, is taken for granted. */
function stands(pid: number | undefined): boolean {
  if (process.platform !== 'linux' || pid === undefined) return true
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).every((task) =>
    /^State:\s+T/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8')),
  )
}

/** Whether the server answers at all: an error, too, is an answer. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(500, () => end(false))
  })
}
