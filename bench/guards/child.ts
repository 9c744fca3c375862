/**
 * Child processes that tell their port and answer questions, on a processor of their own where `taskset` is installed.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['--version']).status === 0

/** A running child. */
export class Child {
  readonly port: number
  readonly #process: ChildProcess

  private constructor(process: ChildProcess, port: number) {
    this.#process = process
    this.port = port
  }

  /** Starts a program of this folder that tells its port, on processor `core`. */
  static async start(program: string, args: readonly string[], core: number): Promise<Child> {
    const child = spawnProgram(program, args, core)
    const [message] = await once(child, 'message')
    return new Child(child, Number(message.port))
  }

  /** Runs a program of this folder that tells its result, on processor `core`. */
  static async resultOf(program: string, args: readonly string[], core: number): Promise<unknown> {
    const child = spawnProgram(program, args, core)
    const [[result]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
    return result
  }

  /** Asks; every program of this folder answers with numbers. */
  async ask(): Promise<Readonly<Record<string, number>>> {
    this.#process.send('how much')
    const [message] = await once(this.#process, 'message')
    return message
  }

  /** Ends it. */
  async stop(): Promise<void> {
    const closed = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await closed
  }
}

function spawnProgram(program: string, args: readonly string[], core: number): ChildProcess {
  const file = fileURLToPath(new URL(`./${program}.ts`, import.meta.url))
  const command = [process.execPath, '--import', 'tsx', file, ...args]
  const [first = '', ...rest] = canPin ? ['taskset', '-c', String(core), ...command] : command
  const env = { ...process.env, NODE_ENV: 'production' }
  return spawn(first, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env })
}

/** Keeps this process, the load generator, off the servers' processor. */
export function pinGenerator(): void {
  if (canPin) spawnSync('taskset', ['-cp', '1', String(process.pid)])
}
