/**
 * A real server for a test, as a process on a free port of 127.0.0.1 with a
 * folder of its own: killed, stopped, started again, gone at the end.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'

/** A suite that needs a program: without it the suite is skipped, and says so in one line. */
export function describeWith(program: string, name: string, suite: () => void): void {
  const isThere = spawnSync(program, ['--version']).status === 0
  if (!isThere) {
    console.warn(`SKIPPED: ${name}: there is no ${program} on the PATH (Debian: apt-get install ${program})`)
  }
  describe.skipIf(!isThere)(name, suite)
}

/** What is started, and how it is known to be there. */
export interface ServerCommand {
  readonly program: string
  readonly args: readonly string[]
  /** What makes it say something; nothing for a server that speaks first. */
  readonly greeting?: string
}

/** A running server. */
export class ServerProcess {
  readonly port: number
  readonly #folder: string
  readonly #command: ServerCommand
  #process: ChildProcess | undefined

  protected constructor(port: number, folder: string, command: ServerCommand) {
    this.port = port
    this.#folder = folder
    this.#command = command
  }

  /** Starts the process, again after `kill`, with what it left in its folder. */
  async run(): Promise<void> {
    const { program, args, greeting } = this.#command
    const child = spawn(program, args, { stdio: 'ignore' })
    this.#process = child
    for (let attempt = 0; attempt < 1000; attempt++) {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
      if (await answers(this.port, greeting)) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error(`${program} does not answer`)
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

/** A folder for a server. */
export function folderFor(program: string): string {
  return mkdtempSync(join(tmpdir(), `spillway-${program}-`))
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

/** Whether no thread of a process runs any more; what cannot be told, without Linux, is taken for granted. */
function stands(pid: number | undefined): boolean {
  if (process.platform !== 'linux' || pid === undefined) return true
  const tasks = `/proc/${pid}/task`
  return readdirSync(tasks).every((task) =>
    /^State:\s+T/m.test(readFileSync(`${tasks}/${task}/status`, 'utf8')),
  )
}

/** Whether it says anything. */
function answers(port: number, greeting: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => greeting !== undefined && socket.write(greeting))
    socket.once('data', () => end(true))
    socket.once('error', () => end(false))
    socket.setTimeout(500, () => end(false))
  })
}
