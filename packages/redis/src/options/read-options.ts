/**
 * Options, checked at construction by a table of rules: unknown, missing or
 * out of range is an `OptionError` that names the class, the option, the value
 * and what it must be.
 */
import { OptionError } from 'spillway'
import { isScriptRunner } from '../connection/script-runner.ts'

/** What one option accepts. */
export interface Rule {
  /** Completes the sentence "must be …". */
  readonly expects: string
  accepts(value: unknown): boolean
}

/** One rule for each option of `O`. */
export type Rules<O> = { readonly [K in keyof Required<O>]: Rule }

const isFiniteNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value)

/** A finite number above 0. */
export const positive: Rule = {
  expects: 'a finite number above 0',
  accepts: (value) => isFiniteNumber(value) && value > 0,
}

/** A whole number of at least `min`. */
export function integerFrom(min: number): Rule {
  return {
    expects: `an integer of at least ${min}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= min, // a safe integer is a number
  }
}

/** A name: a part of keys, whose parts are told apart by their colons. */
export const aName: Rule = {
  expects: 'a text of 1 to 200 characters without a colon',
  accepts: (value) => aText.accepts(value) && !String(value).includes(':'),
}

/** A text of 1 to 200 characters. */
export const aText: Rule = {
  expects: 'a text of 1 to 200 characters',
  accepts: (value) => typeof value === 'string' && value.length > 0 && value.length <= 200,
}

/** A clock, real or virtual. */
export const aClock: Rule = {
  expects: 'an object with nowMs and schedule',
  accepts: (value) => hasMethods(value, 'nowMs', 'schedule'),
}

/** A way to run scripts. */
export const aRunner: Rule = {
  expects: 'made by fromIoredis(client) or fromNodeRedis(client), or an object with evalSha and eval',
  accepts: isScriptRunner,
}

/** Numbers have arithmetic limits: a double counts tokens exactly up to here. */
export const aBurst: Rule = {
  expects: 'an integer from 1 to 1e12',
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 1e12, // as above
}

/** Tokens a second: above 0, since Redis must be able to forget the key. */
export const aRate: Rule = {
  expects: 'a number above 0, from 1e-6 to 1e12',
  accepts: (value) => isFiniteNumber(value) && value >= 1e-6 && value <= 1e12,
}

/**
 * Checks `given` against `rules`, and returns it with the defaults filled in.
 *
 * @throws OptionError when an option is unknown, missing or not accepted
 */
export function readOptions<O extends object>(
  owner: string,
  given: O,
  { rules, defaults }: { readonly rules: Rules<O>; readonly defaults: Partial<O> },
): Required<O> {
  if (typeof given !== 'object' || given === null) {
    throw new OptionError(owner, 'options', `options must be an object, got ${show(given)}`)
  }
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(rules, key))
  if (unknown !== undefined) {
    const known = Object.keys(rules).join(', ')
    throw new OptionError(owner, unknown, `unknown option "${unknown}"; it knows ${known}`)
  }
  const resolved: Record<string, unknown> = {}
  for (const [key, rule] of Object.entries<Rule>(rules)) {
    const value: unknown = Reflect.get(given, key) ?? Reflect.get(defaults, key)
    if (value === undefined)
      throw new OptionError(owner, key, `option "${key}" is missing; it must be ${rule.expects}`)
    if (!rule.accepts(value)) {
      throw new OptionError(owner, key, `option "${key}" must be ${rule.expects}, got ${show(value)}`)
    }
    resolved[key] = value
  }
  // Every key was checked against the rules of O, which cannot be expressed to the compiler.
  return resolved as Required<O>
}

/** Shows a value in a message, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    names.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}
