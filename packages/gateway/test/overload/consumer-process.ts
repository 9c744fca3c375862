/**
 * Starts the consumer, and asks it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./consumer.ts', import.meta.url))

/** A consumer that does so many events a second. */
export class ConsumerProcess {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(perSecond: number): Promise<ConsumerProcess> {
    const child = fork(PROGRAM, [String(perSecond)], { execArgv: ['--import', 'tsx'] })
    const [{ port }] = await once(child, 'message')
    return new ConsumerProcess(child, port)
  }

  /** Does so many a second from now on. */
  async setRate(perSecond: number): Promise<void> {
    await this.#ask(perSecond)
  }

  /** How many events it has done so far. */
  async count(): Promise<number> {
    return (await this.#ask(undefined))['count'] as number
  }

  /** Which events it has done that came to this path, in its order. */
  async done(path: string): Promise<readonly number[]> {
    return (await this.#ask(path))['done'] as readonly number[]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  async #ask(what: string | number | undefined): Promise<Record<string, unknown>> {
    this.#child.send(what ?? {})
    const [answer] = await once(this.#child, 'message')
    return answer
  }
}
