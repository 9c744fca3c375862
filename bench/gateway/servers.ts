/**
 * The measured servers, each in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Pool } from 'undici'
import { ROOT_DIR } from '../harness/prepare.ts'

/** As many requests are under way at any time. */
export const CONNECTIONS = 64
/** `getconf CLK_TCK` on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100

/** A server that takes events. */
export class Server {
  readonly #child: ChildProcess
  readonly #pool: Pool
  readonly #folder: string | undefined

  private constructor(child: ChildProcess, url: string, folder: string | undefined) {
    this.#child = child
    this.#pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 })
    this.#folder = folder
  }

  /** The least that answers 202. */
  static bare(): Promise<Server> {
    const program = fileURLToPath(new URL('./bare.ts', import.meta.url))
    return Server.#start(['--import', 'tsx', program], undefined)
  }

  /** The gateway as it is published, with a stream in memory and one on the disk that delivers to nowhere. */
  static gateway(): Promise<Server> {
    // Beside the repository, not in a /tmp that may be memory.
    const folder = mkdtempSync(join(ROOT_DIR, '.cache-bench-'))
    const config = join(folder, 'bench.yaml')
    writeFileSync(
      config,
      `dataDir: ${folder}/data
logLevel: error
streams:
  memory: { class: best-effort, window: { items: 100000, bytes: 256MiB }, whenFull: block, enqueueTimeoutMs: 5000, sink: { type: file, path: /dev/null } }
  disk: { class: critical, window: { items: 20000 }, backlog: { items: 100000000, bytes: 16GiB, maxAgeMs: 86400000 }, sink: { type: file, path: /dev/zero } }
`,
    )
    const program = join(ROOT_DIR, 'packages', 'gateway', 'dist', 'main.js')
    return Server.#start([program, '--port', '0', '--admin-port', '0', '--config', config], folder)
  }

  static async #start(args: readonly string[], folder: string | undefined): Promise<Server> {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: ROOT_DIR })
    let said = ''
    for await (const chunk of child.stdout) {
      said += chunk
      const url = /takes events at (\S+),/.exec(said)?.[1]
      if (url !== undefined) return new Server(child, url, folder)
    }
    throw new Error(`the server ended without saying where it is: ${said}`)
  }

  /** Sends a body over every connection, again and again, and returns how many were acknowledged in how long. */
  async load(stream: string, body: string, durationMs: number): Promise<Measured> {
    const cpuBefore = this.#cpuSeconds()
    const startMs = performance.now()
    let acknowledged = 0
    const loop = async (): Promise<void> => {
      const request = { method: 'POST', path: `/v1/streams/${stream}`, body } as const
      const headers = { 'content-type': 'application/json' }
      while (performance.now() - startMs < durationMs) {
        const reply = await this.#pool.request({ ...request, headers })
        await reply.body.dump()
        if (reply.statusCode !== 202) throw new Error(`${stream} answered ${reply.statusCode}`)
        acknowledged++
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, loop))
    const seconds = (performance.now() - startMs) / 1000
    return { acknowledged, seconds, cpuSeconds: this.#cpuSeconds() - cpuBefore }
  }

  async stop(): Promise<void> {
    await this.#pool.destroy()
    const isGone = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined
    this.#child.kill('SIGTERM')
    await isGone
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
  }

  #cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }
}

/** Requests that were acknowledged, in how much time of the clock and of the server's processor. */
export interface Measured {
  readonly acknowledged: number
  readonly seconds: number
  readonly cpuSeconds: number
}
