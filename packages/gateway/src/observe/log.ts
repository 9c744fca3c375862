/**
 * Structured logs, on standard error: standard output belongs to the sink of
 * that name.
 *
 * A line that could repeat with every request goes through `Quietly`, which
 * says it at most once in a while, with the number of times it was not said:
 * a gateway under pressure must not drown in its own complaints.
 *
 * Imports `config`.
 */
import { type Logger, pino } from 'pino'
import { type Clock, systemClock } from 'spillway'
import type { LogLevel } from '../config/settings.ts'

export type { Logger } from 'pino'

/** A logger that writes JSON lines to standard error, each before its call returns, through a mask. */
export function createLog(level: LogLevel, mask: (text: string) => string = (text) => text): Logger {
  const standardError = pino.destination({ dest: 2, sync: true })
  return pino({ level, base: null }, { write: (line) => standardError.write(mask(line)) })
}

/** Says each thing at most once in `everyMs`. */
export class Quietly {
  readonly #everyMs: number
  readonly #clock: Clock
  readonly #said = new Map<string, { saidMs: number; suppressed: number }>()

  /** Keys must come from a bounded set: they are remembered for ever. */
  constructor(everyMs: number, clock: Clock = systemClock) {
    this.#everyMs = everyMs
    this.#clock = clock
  }

  /** Calls `say` with the number of calls suppressed since the last time, unless `key` was said a moment ago. */
  say(key: string, say: (suppressed: number) => void): void {
    const nowMs = this.#clock.nowMs()
    const last = this.#said.get(key)
    if (last && nowMs - last.saidMs < this.#everyMs) {
      last.suppressed++
      return
    }
    this.#said.set(key, { saidMs: nowMs, suppressed: 0 })
    say(last?.suppressed ?? 0)
  }
}
