/**
 * Structured logs, on standard error: standard output belongs to the sink of
 * that name.
 *
 * A line that could repeat with every request goes through `Quietly`, which
 * says it at most once in a while, with the number of times it was not said:
 * a gateway under pressure must not drown in its own complaints.
 *
 * Imports `spillway`, `config`.
 */
import { type Logger, pino } from 'pino'
import { type Clock, systemClock } from 'spillway'
import type { LogLevel } from '../config/settings.ts'
import { LogOutput, standardErrorTaker } from './log-output.ts'

export type { Logger } from 'pino'

/** What pino calls a warning. */
const WARN = 40

/**
 * A logger that writes JSON lines to standard error, each before its call returns, through a mask. It never waits for
 * who reads them: what is not taken at once is lost, and the next line says how much.
 */
export function createLog(level: LogLevel, mask: (text: string) => string = (text) => text): Logger {
  const output = new LogOutput(standardErrorTaker(), lostLine)
  return pino({ level, base: null }, { write: (line) => output.write(mask(line)) })
}

/** From now on the warnings of the process are lines of the log: as Node prints them, they wait for who reads them. */
export function logWarnings(log: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', ({ name, message }) => log.warn({ warning: name }, message))
}

function lostLine(lost: number): string {
  const msg = 'lines of this log are lost: nobody read it'
  return `${JSON.stringify({ level: WARN, time: Date.now(), lost, msg })}\n`
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
