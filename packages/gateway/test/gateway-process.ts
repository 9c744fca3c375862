/**
 * A gateway in a process of its own, started as a user starts it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** The `spillway` command, running. */
export class GatewayProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<Ended>
  #stdout = ''
  #stderr = ''

  constructor(args: readonly string[]) {
    const nodeArgs = ['--conditions=@spillway/source', '--import', 'tsx', MAIN]
    const child = spawn(process.execPath, [...nodeArgs, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (chunk: Buffer) => {
      this.#stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk
    })
    this.#child = child
    this.#ended = once(child, 'close').then(([code, signal]) => {
      return { code, signal, stdout: this.#stdout, stderr: this.#stderr }
    })
  }

  /** Starts `serve` on free ports. */
  static serve(...args: readonly string[]): GatewayProcess {
    return new GatewayProcess(['serve', '--port', '0', '--admin-port', '0', ...args])
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with the addresses once the gateway has said that it serves. */
  async addresses(): Promise<{ url: string; adminUrl: string }> {
    const [url, adminUrl] = await this.said(/takes events at (\S+), and answers \S+ \S+ \S+ at (\S+)/)
    return { url: url!, adminUrl: adminUrl! }
  }

  /** Resolves with the groups of `pattern` once it was said, on either output. */
  async said(pattern: RegExp): Promise<readonly string[]> {
    let isOver = false
    void this.#ended.then(() => {
      isOver = true
    })
    for (;;) {
      const match = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr)
      if (match) return match.slice(1)
      if (isOver) throw new Error(`ended without saying ${pattern}:\n${this.#stdout}${this.#stderr}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when the process has ended. */
  ended(): Promise<Ended> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}
