/**
 * A gateway in a process of its own, started as a user starts it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

const SERVE = ['serve', '--port', '0', '--admin-port', '0']

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** How to start a gateway other than from its sources. */
export interface StartOptions {
  /** A program that was built; the sources when left out. */
  readonly program?: string | undefined
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** A module that is loaded before the gateway. */
  readonly preload?: string | undefined
  /** Whose process it is: the test's own when left out. */
  readonly uid?: number | undefined
}

/** The `spillway` command, running. */
export class GatewayProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<Ended>
  #stdout = ''
  #stderr = ''

  constructor(args: readonly string[], { program, environment, preload, uid }: StartOptions = {}) {
    const fromSources = ['--conditions=@spillway/source', '--import', 'tsx', MAIN]
    const before = preload === undefined ? [] : ['--import', preload]
    const nodeArgs = [...before, ...(program === undefined ? fromSources : [program])]
    const child = spawn(process.execPath, [...nodeArgs, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      ...(uid === undefined ? {} : { uid }),
    })
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
    return new GatewayProcess([...SERVE, ...args])
  }

  /** The same, of a program that was built, or with something before it. */
  static serveFrom(options: StartOptions, ...args: readonly string[]): GatewayProcess {
    return new GatewayProcess([...SERVE, ...args], options)
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
