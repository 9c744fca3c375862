/**
 * Runs the busy child, keeps what it says, and kills it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { StreamStore } from '../../src/store/store.ts'
import { payloadOf } from './busy-payload.ts'

const HERE = dirname(fileURLToPath(import.meta.url))

/** What the child was promised, over all its lives. */
export class Promises {
  readonly acknowledged = new Set<string>()
  readonly settling = new Set<string>()
  readonly setAside = new Set<string>()
  ready = false

  hear(line: string): void {
    const id = line.slice(2)
    if (line === 'ready') this.ready = true
    else if (line.startsWith('a ')) this.acknowledged.add(id)
    else if (line.startsWith('s ')) this.settling.add(id)
    else if (line.startsWith('d ')) this.setAside.add(id)
    else throw new Error(`the child said ${JSON.stringify(line)}`)
  }
}

/** How to run the child. */
export interface BusyRun {
  readonly directory: string
  readonly firstId: number
  readonly environment?: Readonly<Record<string, string>>
  readonly withoutFlush?: boolean
}

/** Starts the child and resolves when it is ready. */
export async function startBusyChild(run: BusyRun, promises: Promises): Promise<ChildProcess> {
  const program = join(HERE, 'busy-child.ts')
  const build = run.withoutFlush ? ['no-flush'] : []
  const flags = ['--conditions=@spillway/source', '--import', 'tsx', program]
  const child = spawn(process.execPath, [...flags, run.directory, String(run.firstId), ...build], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...run.environment },
  })
  promises.ready = false
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      promises.hear(line)
      if (promises.ready) resolve()
    })
  })
  return child
}

/** Kills the child with SIGKILL; resolves when everything that it said was heard. */
export async function killNow(child: ChildProcess): Promise<void> {
  const closed = new Promise((resolve) => {
    child.once('close', resolve)
  })
  child.removeAllListeners('exit')
  child.kill('SIGKILL')
  await closed
}

/** What became of the promises in a store that was opened again. */
export interface Reckoning {
  readonly found: number
  /** Acknowledged, never about to be settled, and in no list. */
  readonly lost: readonly string[]
  /** Told to be set aside, and neither there nor settled. */
  readonly notSetAside: readonly string[]
  /** In the store, with bytes that no child wrote, or twice. */
  readonly invented: readonly string[]
  /** Of a batch that others of are there, neither there nor settled. */
  readonly torn: readonly string[]
}

/** Compares a store with what its writers were promised. */
export async function reckon(stream: StreamStore, promises: Promises): Promise<Reckoning> {
  const all = { after: 0, maxItems: Number.POSITIVE_INFINITY }
  const queued = [...(await stream.read(all))]
  for (const { seq } of stream.deferred())
    queued.push(...[await stream.get(seq)].flatMap((event) => event ?? []))
  const letters = await stream.listDeadLetters(all)
  const there = new Set<string>()
  const invented: string[] = []
  for (const event of [...queued, ...letters]) {
    const isOwn = Buffer.from(event.payload).equals(payloadOf(event.id)) && !there.has(event.id)
    if (!isOwn) invented.push(event.id)
    there.add(event.id)
  }
  const dead = new Set(letters.map((letter) => letter.id))
  const { acknowledged, settling, setAside } = promises
  return {
    found: there.size,
    lost: [...acknowledged].filter((id) => !there.has(id) && !settling.has(id)),
    notSetAside: [...setAside].filter((id) => !dead.has(id)),
    invented,
    torn: queued
      .flatMap((event) => event.key?.split(' ') ?? [])
      .filter((id) => !there.has(id) && !settling.has(id)),
  }
}
