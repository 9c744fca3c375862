/**
 * Standard error as a log's destination that never waits for its reader.
 *
 * A pipe that nobody reads is full after 64 KiB, and a write to it then stands
 * still, and the whole gateway with it. So a pipe or a terminal is opened anew
 * without blocking: what it does not take at once is lost and counted, and the
 * next line that it takes is preceded by one that says how many were lost.
 * Nothing is kept but the rest of one line.
 *
 * Imports nothing of the gateway.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs'

/** Takes what it can of some bytes, at once; how many it took, 0 when it takes none now. */
export type TakeBytes = (bytes: Uint8Array) => number

const STANDARD_ERROR = 2

/** Lines on their way out. */
export class LogOutput {
  readonly #take: TakeBytes
  readonly #lostLine: (lost: number) => string
  #rest: Uint8Array = new Uint8Array()
  #lost = 0

  /** @param lostLine - the line that says how many lines were lost */
  constructor(take: TakeBytes, lostLine: (lost: number) => string) {
    this.#take = take
    this.#lostLine = lostLine
  }

  /** Writes one line, or loses it; before it returns. Never throws. */
  write(line: string): void {
    if (this.#flushRest() && this.#sayLost() && this.#put(line)) return
    this.#lost++
  }

  #sayLost(): boolean {
    if (this.#lost === 0) return true
    if (!this.#put(this.#lostLine(this.#lost))) return false
    this.#lost = 0
    return this.#rest.length === 0
  }

  /** Whether the line goes out; of a line that began to, the rest is kept. */
  #put(line: string): boolean {
    const bytes = Buffer.from(line)
    const taken = this.#take(bytes)
    if (taken > 0) this.#rest = bytes.subarray(taken)
    return taken > 0
  }

  #flushRest(): boolean {
    if (this.#rest.length > 0) this.#rest = this.#rest.subarray(this.#take(this.#rest))
    return this.#rest.length === 0
  }
}

/** How standard error takes bytes without waiting: as a file, a pipe, a terminal or a socket. */
export function standardErrorTaker(): TakeBytes {
  const stat = fstatSync(STANDARD_ERROR)
  if (stat.isSocket()) {
    // A socket can't be opened anew; Node makes it one that does not block when its stream is made, which is now.
    process.stderr.off('error', ignore).on('error', ignore)
    return taker(STANDARD_ERROR)
  }
  return taker(stat.isFIFO() || stat.isCharacterDevice() ? openAnew(STANDARD_ERROR) : STANDARD_ERROR)
}

/** Heard once, however many logs a process has. */
function ignore(): void {}

/** The same pipe or terminal by a way of its own: without blocking, and so that others who have it are not changed. */
function openAnew(fd: number): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return fd // another system, or it may not be opened: then as it is
  }
}

function taker(fd: number): TakeBytes {
  return (bytes) => {
    try {
      return writeSync(fd, bytes)
    } catch {
      return 0 // full, or nobody is at the other end
    }
  }
}
