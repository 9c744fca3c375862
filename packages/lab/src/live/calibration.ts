/**
 * What two runs say of a server: how much it does, and what an answer and a
 * refusal cost it; or that this machine cannot tell.
 *
 * Pure.
 */
import type { Costs } from './ceiling.ts'
import { MEAN_MS } from './live-plan.ts'
import type { ServerFacts } from './messages.ts'

/** What was found. */
export interface Calibration {
  readonly capacityPerSecond: number
  /** How far chance may have moved the capacity: its standard error over itself. */
  readonly capacityError: number
  /** `undefined` when a run gave no clear figure. */
  readonly costs: Costs | undefined
}

/** One run. */
export interface Measured extends Pick<ServerFacts, 'answered' | 'refused' | 'cpuMs'> {
  readonly answeredPerSecond: number
  /** How long the answers were counted. */
  readonly watchedMs: number
}

/** A server that does less than this part of what it is made for shares its processor with too much else. */
const LEAST_PART = 0.5

/** What a server with so many slots is made for, per second. */
export function nominalPerSecond(slots: number): number {
  return (1000 * slots) / MEAN_MS
}

/**
 * The calibration by a run at half of what the server is made for, and one far above it.
 *
 * @throws Error when the server did so little that nothing measured here would mean anything
 */
export function calibrationFrom(slots: number, light: Measured, heavy: Measured): Calibration {
  const nominal = nominalPerSecond(slots)
  const { answeredPerSecond, watchedMs } = heavy
  if (answeredPerSecond < LEAST_PART * nominal) {
    throw new Error(
      `the server, made for ${nominal} a second, did ${answeredPerSecond.toFixed(0)}: this machine is too busy to measure anything; stop what else runs, or ask less of it with fewer --slots`,
    )
  }
  return {
    capacityPerSecond: answeredPerSecond,
    // Service times are exponential: of n answers in a stretch of time the standard deviation is the root of n.
    capacityError: 1 / Math.sqrt((answeredPerSecond * watchedMs) / 1000),
    costs: costsFrom(light, heavy),
  }
}

/** With little load nearly all the time goes into answers; what is left with much load went into refusals. */
function costsFrom(light: Measured, heavy: Measured): Costs | undefined {
  const answerMs = light.cpuMs / Math.max(1, light.answered)
  const refusalMs = (heavy.cpuMs - heavy.answered * answerMs) / Math.max(1, heavy.refused)
  return refusalMs > 0 && refusalMs < answerMs ? { answerMs, refusalMs } : undefined
}
