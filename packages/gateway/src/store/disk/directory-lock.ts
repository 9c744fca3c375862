/**
 * One gateway to a data directory.
 *
 * The lock is a file that says which process holds it, touched every few
 * seconds. On the same machine, since the same boot, the process itself is
 * looked for, so that a restart after a crash waits for nobody; from another
 * machine or container a lock is believed until it has not been touched for
 * fifteen seconds.
 */
import { readFileSync } from 'node:fs'
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Cancel, Clock } from 'spillway'
import { StoreError, systemCode } from '../store-error.ts'

const TOUCH_EVERY_MS = 5_000
const DEAD_AFTER_MS = 15_000

interface Holder {
  readonly pid: number
  readonly host: string
  /** Names the boot and the process's start, so that a reused process id is told apart. Empty where unknown. */
  readonly boot: string
  readonly started: string
}

/** What taking the lock needs. */
export interface LockOptions {
  readonly clock: Clock
  /** The time of day, to compare with the file's. */
  readonly wallNowMs: () => number
  /** Another process took the lock: this one had been still for too long. */
  readonly onLost: () => void
}

/** A lock that is held. */
export class DirectoryLock {
  readonly #path: string
  readonly #own: string
  readonly #options: LockOptions
  #cancel: Cancel = () => {}

  private constructor(path: string, own: string, options: LockOptions) {
    this.#path = path
    this.#own = own
    this.#options = options
    this.#touchLater()
  }

  /**
   * Takes the lock.
   *
   * @throws StoreError when another process holds it
   */
  static async take(directory: string, options: LockOptions): Promise<DirectoryLock> {
    const path = join(directory, 'lock')
    const own = JSON.stringify(describe(process.pid))
    try {
      await writeFile(path, own, { flag: 'wx' })
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
      await refuseIfHeld(path, options.wallNowMs())
      await takeOver(path, own)
    }
    return new DirectoryLock(path, own, options)
  }

  /** Lets go of the directory. */
  async release(): Promise<void> {
    this.#cancel()
    if (await this.#isHeld()) await rm(this.#path, { force: true })
  }

  #touchLater(): void {
    this.#cancel = this.#options.clock.schedule(TOUCH_EVERY_MS, () => {
      void this.#touch()
    })
  }

  async #touch(): Promise<void> {
    if (!(await this.#isHeld())) return this.#options.onLost()
    const now = new Date(this.#options.wallNowMs())
    // A lock that can't be touched is noticed by whoever writes next.
    await utimes(this.#path, now, now).catch(() => {})
    this.#touchLater()
  }

  async #isHeld(): Promise<boolean> {
    return (await readFile(this.#path, 'utf8').catch(() => '')) === this.#own
  }
}

async function refuseIfHeld(path: string, nowMs: number): Promise<void> {
  const holder = parse(await readFile(path, 'utf8'))
  const me = describe(process.pid)
  const isNear = holder?.host === me.host && holder.boot === me.boot
  const ageMs = nowMs - (await stat(path)).mtimeMs
  if (isNear ? !isAlive(holder) : ageMs > DEAD_AFTER_MS || holder?.host === me.host) return
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  throw new StoreError('ERR_STORE_IN_USE', path, { found: `The data directory is in use by ${who}` })
}

/** Puts one's own lock in the place of a dead one; of several who try, one wins. */
async function takeOver(path: string, own: string): Promise<void> {
  const mine = `${path}.${process.pid}`
  await writeFile(mine, own)
  await rename(mine, path)
  await new Promise<void>((resolve) => {
    setTimeout(resolve, 20)
  })
  if ((await readFile(path, 'utf8')) === own) return
  const found = 'Another process took the data directory at the same moment'
  throw new StoreError('ERR_STORE_IN_USE', path, { found })
}

function describe(pid: number): Holder {
  const boot = readOr('/proc/sys/kernel/random/boot_id', '').trim()
  return { pid, host: hostname(), boot, started: startOf(pid) }
}

/** When a process started, in ticks since the boot; empty where the system does not say. */
function startOf(pid: number): string {
  const line = readOr(`/proc/${pid}/stat`, '')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
  return startOf(holder.pid) === holder.started
}

function parse(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    // Only this class writes the file; a field that is missing compares as different.
    return typeof value === 'object' && value !== null ? (value as Holder) : undefined
  } catch {
    return undefined
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
