/**
 * Options of a `PressureGate`.
 *
 * Floor 3: imports `clock`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { OptionError, show } from '../options/option-error.ts'
import {
  aClock,
  check,
  numberFrom,
  optional,
  positive,
  type Rule,
  type Rules,
  resolveOptions,
} from '../options/rules.ts'

/** Something that can be read as a number, such as a delay or a share of memory. `read` must be quick. */
export interface Probe {
  /** Names it in `stats()`. */
  readonly name: string
  /** The value now. What is no finite number counts as no pressure. */
  read(): number
}

/** A probe and the range in which it sheds. */
export interface WatchedProbe extends Probe {
  /** From this value on the least important class is shed. */
  readonly from: number
  /** From this value on everything is shed. Above `from`. */
  readonly to: number
}

/** Options of a `PressureGate`. */
export interface PressureGateOptions {
  /** What is watched: the highest pressure counts. At least one, each with a name of its own. */
  readonly probes: readonly WatchedProbe[]
  /** Probes are read at most so often, in milliseconds. Above 0. @defaultValue 250 */
  readonly sampleMs?: number | undefined
  /** A class comes back this part of the range below the point at which it went. From 0 to 1. @defaultValue 0.1 */
  readonly hysteresis?: number | undefined
  /** Where time comes from. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

const probesRule: Rule = {
  expects: 'a list of at least one probe with a name of its own',
  accepts: (value) => Array.isArray(value) && value.length > 0 && areNamedApart(value),
}
const aNumber = numberFrom(-Number.MAX_VALUE)

const RULES: Rules<PressureGateOptions> = {
  probes: probesRule,
  sampleMs: optional(positive),
  hysteresis: optional(numberFrom(0, 1)),
  clock: optional(aClock),
}

/**
 * Checks the options and every probe.
 *
 * @throws OptionError that names the probe
 */
export function resolvePressureOptions(
  given: PressureGateOptions,
): PressureGateOptions & { readonly sampleMs: number; readonly hysteresis: number } {
  const options = resolveOptions('PressureGate', given, RULES, { sampleMs: 250, hysteresis: 0.1 })
  for (const { name, from, to } of options.probes) {
    check('PressureGate', `probes: ${name}: from`, from, aNumber)
    check('PressureGate', `probes: ${name}: to`, to, aNumber)
    if (to > from) continue
    const problem = `option "to" of the probe ${show(name)} must be above its "from" of ${from}, got ${show(to)}`
    throw new OptionError('PressureGate', `probes: ${name}: to`, problem)
  }
  return options
}

function areNamedApart(probes: readonly unknown[]): boolean {
  const names = probes.map((probe) => (isProbe(probe) ? probe.name : undefined))
  return !names.includes(undefined) && new Set(names).size === names.length
}

function isProbe(value: unknown): value is Probe {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'name') === 'string' &&
    typeof Reflect.get(value, 'read') === 'function'
  )
}
