/**
 * Option rules: one table per class says what each option accepts, and the
 * error messages come from the table.
 *
 * Floor 0: imports nothing outside `options`.
 */
import { OptionError, show } from './option-error.ts'

/** What one option accepts. */
export interface Rule {
  /** Completes the sentence "must be …". */
  readonly expects: string
  /** Whether the value will do. */
  accepts(value: unknown): boolean
  /** Whether it may be left out. */
  readonly optional?: boolean
}

/** One rule for each option of `O`. */
export type Rules<O> = { readonly [K in keyof Required<O>]: Rule }

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)

/** A whole number of at least `min`, and at most `max`. */
export function integerFrom(min: number, max: number = Number.MAX_SAFE_INTEGER): Rule {
  const expects =
    max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`
  return {
    expects,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
  }
}

/** A whole number of at least `min`, or `Infinity`, typed by hand. */
export function integerOrInfinityFrom(min: number): Rule {
  return {
    expects: `an integer of at least ${min}, or Infinity`,
    accepts: (value) =>
      value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && (value as number) >= min),
  }
}

/** A finite number from `min` to `max`, both included. */
export function numberFrom(min: number, max: number = Number.MAX_VALUE): Rule {
  const expects =
    max === Number.MAX_VALUE ? `a finite number of at least ${min}` : `a number from ${min} to ${max}`
  return { expects, accepts: (value) => isNumber(value) && value >= min && value <= max }
}

/** A finite number above 0. */
export const positive: Rule = {
  expects: 'a finite number above 0',
  accepts: (value) => isNumber(value) && value > 0 && value !== Number.POSITIVE_INFINITY,
}

/** Milliseconds: 0 or more; `Infinity` for no bound. */
export const durationMs: Rule = {
  expects: 'a number of milliseconds of at least 0 (Infinity for no bound)',
  accepts: (value) => isNumber(value) && value >= 0,
}

/** A function. */
export const aFunction: Rule = { expects: 'a function', accepts: (value) => typeof value === 'function' }

/** `true` or `false`. */
export const aBoolean: Rule = { expects: 'true or false', accepts: (value) => typeof value === 'boolean' }

/** One of the given words. */
export function oneOf(...words: readonly string[]): Rule {
  return {
    expects: `one of ${words.map((word) => `"${word}"`).join(', ')}`,
    accepts: (value) => typeof value === 'string' && words.includes(value),
  }
}

/** An object with the named methods: a clock, a limit, a probe. */
export function anObjectWith(...methods: readonly string[]): Rule {
  return {
    expects: `an object with ${methods.join(' and ')}`,
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof Reflect.get(value, method) === 'function'),
  }
}

/** A clock, real or virtual. */
export const aClock: Rule = anObjectWith('nowMs', 'schedule')

/** The same rule for an option that may be left out. */
export function optional(rule: Rule): Rule {
  return { expects: rule.expects, accepts: rule.accepts, optional: true }
}

/**
 * Checks `given` against `rules` and returns it with the defaults filled in. An option given as
 * `undefined` counts as left out.
 *
 * @param owner - the class that speaks in the message
 * @throws OptionError when an option is unknown, missing or not accepted
 */
export function resolveOptions<O extends object, D extends Partial<O> = Record<never, never>>(
  owner: string,
  given: O,
  rules: Rules<O>,
  defaults?: D,
): O & Required<{ [K in keyof D & keyof O]: NonNullable<O[K]> }> {
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(owner, 'options', `options must be an object, got ${show(given)}`)
  }
  const table: Record<string, Rule> = rules
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(table, key)) continue
    const known = Object.keys(table).join(', ')
    throw new OptionError(owner, key, `unknown option "${key}"; it knows ${known}`)
  }
  const resolved: Record<string, unknown> = { ...defaults }
  for (const [key, rule] of Object.entries(table)) {
    const value: unknown = Reflect.get(given, key)
    if (value !== undefined) resolved[key] = value
    check(owner, key, resolved[key], rule)
  }
  // Every key was checked against the rules of O, which cannot be expressed to the compiler.
  return resolved as ReturnType<typeof resolveOptions<O, D>>
}

/**
 * Checks one value.
 *
 * @throws OptionError when the value is missing or not accepted
 */
export function check(owner: string, option: string, value: unknown, rule: Rule): void {
  if (value === undefined) {
    if (rule.optional) return
    throw new OptionError(owner, option, `option "${option}" is missing; it must be ${rule.expects}`)
  }
  if (!rule.accepts(value)) {
    throw new OptionError(owner, option, `option "${option}" must be ${rule.expects}, got ${show(value)}`)
  }
}
