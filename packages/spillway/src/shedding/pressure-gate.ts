/**
 * Sheds by the pressure on the process: the event loop, the memory, anything
 * that can be read as a number.
 *
 * Each probe has a range. At its lower end the least important class is shed,
 * at its upper end everything, and in between class by class; a class comes
 * back when the pressure has fallen a little below the point at which it
 * went, so that the gate doesn't flutter.
 *
 * Probes are read when someone asks, at most every `sampleMs`: an idle
 * process reads nothing and has no timer.
 * Floor 3: imports `clock`, `errors`, `gate`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { checkAsk, rankOf } from '../gate/ask.ts'
import { CRITICALITIES, type Criticality } from '../gate/criticality.ts'
import type { Ask, Gate, Permit, Refusal } from '../gate/gate.ts'
import { EMPTY_PERMIT } from '../gate/permits.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { type RunOptions, run } from '../gate/run.ts'
import { openWait, type WaitOptions } from '../options/wait-options.ts'
import { type PressureGateOptions, resolvePressureOptions, type WatchedProbe } from './pressure-options.ts'

/** Classes begin to be shed at these parts of a probe's range, the least important first. */
const STEP = 1 / (CRITICALITIES.length - 1)

/** What a probe said last. */
export interface ProbeReading {
  /** In the probe's own unit; `undefined` before the first reading, or when it could not be read. */
  readonly value: number | undefined
  /** Where that is in the probe's range: 0 at its lower end, 1 at its upper; below and above possible. */
  readonly pressure: number | undefined
  /** Readings that were no finite number, or threw. They count as no pressure. */
  readonly badReadings: number
}

/** Counters since the start, and the last readings. */
export interface PressureStats {
  /** Asks that were admitted. */
  readonly admitted: number
  /** Asks that were shed. */
  readonly shed: number
  /** The classes that are shed now, the least important first. */
  readonly shedding: readonly Criticality[]
  /** The last reading of each probe, by its name. */
  readonly probes: Readonly<Record<string, ProbeReading>>
}

/** A gate that sheds by pressure. Every operation costs O(1), and reads the probes once per `sampleMs`. */
export class PressureGate implements Gate {
  /** Its permits take nothing from others. */
  readonly isJudge = true
  readonly #probes: readonly WatchedProbe[]
  readonly #sampleMs: number
  readonly #hysteresis: number
  readonly #clock: Clock
  readonly #readings = new Map<string, ProbeReading>()
  #sampledMs = Number.NEGATIVE_INFINITY
  #classesShed = 0
  #admitted = 0
  #shed = 0

  /** @throws OptionError when an option is unknown, missing or out of its range, or two probes have one name */
  constructor(given: PressureGateOptions) {
    const options = resolvePressureOptions(given)
    this.#probes = [...options.probes]
    this.#sampleMs = options.sampleMs
    this.#hysteresis = options.hysteresis
    this.#clock = options.clock ?? systemClock
    for (const { name } of this.#probes) {
      this.#readings.set(name, { value: undefined, pressure: undefined, badReadings: 0 })
    }
  }

  /**
   * Admits, or sheds with `ERR_SHED`.
   *
   * @throws OptionError for a wrong ask
   */
  tryEnter(ask?: Ask): Permit | Refusal {
    checkAsk('PressureGate', ask)
    const rank = rankOf(ask)
    this.#sampleIfDue()
    if (rank >= CRITICALITIES.length - this.#classesShed) {
      this.#shed++
      return refusal('ERR_SHED')
    }
    this.#admitted++
    return EMPTY_PERMIT
  }

  /**
   * The same as a promise. Never waits.
   *
   * @throws OverloadError when shed; `signal.reason` when aborted before; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('PressureGate', ask)
    const answer = this.tryEnter(ask)
    if (answer.admitted) return answer
    throw refusalError('PressureGate', answer)
  }

  /** `run` of this gate: enters, runs `work`. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** Counters and readings, by value. Reads no probe. */
  stats(): PressureStats {
    const shedding = CRITICALITIES.toReversed().slice(0, this.#classesShed)
    const probes = Object.fromEntries(this.#readings)
    return { admitted: this.#admitted, shed: this.#shed, shedding, probes }
  }

  #sampleIfDue(): void {
    const nowMs = this.#clock.nowMs()
    // A clock that was set back must not silence the probes until it has caught up.
    if (nowMs >= this.#sampledMs && nowMs - this.#sampledMs < this.#sampleMs) return
    this.#sampledMs = nowMs
    let pressure = Number.NEGATIVE_INFINITY
    for (const probe of this.#probes) pressure = Math.max(pressure, this.#read(probe))
    while (this.#classesShed < CRITICALITIES.length && pressure >= this.#classesShed * STEP)
      this.#classesShed++
    while (this.#classesShed > 0 && pressure < (this.#classesShed - 1) * STEP - this.#hysteresis) {
      this.#classesShed--
    }
  }

  #read(probe: WatchedProbe): number {
    const { name, from, to } = probe
    const { badReadings } = this.#readings.get(name)!
    const value = finiteReading(probe)
    if (value === undefined) {
      this.#readings.set(name, { value, pressure: undefined, badReadings: badReadings + 1 })
      return Number.NEGATIVE_INFINITY
    }
    const pressure = (value - from) / (to - from)
    this.#readings.set(name, { value, pressure, badReadings })
    return pressure
  }
}

function finiteReading(probe: WatchedProbe): number | undefined {
  try {
    const value = probe.read()
    return Number.isFinite(value) ? value : undefined
  } catch {
    // Counted as a bad reading: a broken probe must not refuse anybody.
    return undefined
  }
}
