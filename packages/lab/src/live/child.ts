/**
 * Child processes of a live run: this package's own entry points, and an end
 * to each of them.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

/** Which processor each has to itself, so that neither slows the other. */
const PROCESSORS = { server: '0', generator: '1' } as const

/** What is measured, and what measures. */
export type Role = keyof typeof PROCESSORS

let canPin: boolean | undefined

/** A command that runs on the role's own processor: pinned where the system has `taskset` and two processors. */
export function pinned(role: Role, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  canPin ??= availableParallelism() > 1 && spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  return canPin ? ['taskset', '-c', PROCESSORS[role], ...command] : command
}

/** Starts `live/<name>` in a process of its own. */
export function startChild(name: Role): ChildProcess {
  const here = import.meta.url
  const isSource = here.endsWith('.ts')
  const path = fileURLToPath(new URL(isSource ? `./${name}.ts` : `./${name}.js`, here))
  const nodeArgs = isSource ? ['--conditions=@spillway/source', '--import', 'tsx'] : []
  const [execPath, ...execArgv] = pinned(name, [process.execPath, ...nodeArgs])
  return fork(path, [], { execPath, execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
}

/** The next message of a child. @throws Error when it ends, or says nothing for so long */
export function nextMessage<T>(child: ChildProcess, withinMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      settle()
    }
    // What a child sends is what messages.ts says it sends.
    const onMessage = (message: unknown): void => finish(() => resolve(message as T))
    const onExit = (code: number | null): void =>
      finish(() => reject(new Error(`a process of the run ended with ${code}`)))
    const timer = setTimeout(
      () => finish(() => reject(new Error(`a process of the run said nothing for ${withinMs} ms`))),
      withinMs,
    )
    child.once('message', onMessage)
    child.once('exit', onExit)
  })
}

/** Ends a child that may have ended already. */
export function endChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}
