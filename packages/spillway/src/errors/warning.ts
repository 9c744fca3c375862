/**
 * Process warnings that do not flood: one in ten seconds, with the number of
 * those held back.
 *
 * Floor 0: imports nothing.
 */
const EVERY_MS = 10_000

/** Where warnings go: Node's `process.emitWarning`, elsewhere the console. */
function emit(message: string): void {
  const runtime: unknown = Reflect.get(globalThis, 'process')
  const emitWarning: unknown =
    typeof runtime === 'object' && runtime !== null ? Reflect.get(runtime, 'emitWarning') : undefined
  if (typeof emitWarning === 'function') Reflect.apply(emitWarning, runtime, [message, 'SpillwayWarning'])
  else globalThis.console.warn(`SpillwayWarning: ${message}`)
}

/** Warnings of one object. Pure but for the warning itself: takes the time. */
export class Warnings {
  readonly #owner: string
  #nextMs = Number.NEGATIVE_INFINITY
  #heldBack = 0

  constructor(owner: string) {
    this.#owner = owner
  }

  /** Warns, unless it did so in the last ten seconds. */
  warn(message: string, nowMs: number): void {
    if (nowMs < this.#nextMs) {
      this.#heldBack++
      return
    }
    const more = this.#heldBack > 0 ? ` (and ${this.#heldBack} more warnings since the last one)` : ''
    this.#heldBack = 0
    this.#nextMs = nowMs + EVERY_MS
    emit(`${this.#owner}: ${message}${more}`)
  }
}

/** An error in one line. Never throws: work may be rejected with anything, also with what has no text. */
export function inOneLine(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    return text.replaceAll(/\s*\n\s*/g, ' ')
  } catch {
    return 'an error that cannot be shown'
  }
}
