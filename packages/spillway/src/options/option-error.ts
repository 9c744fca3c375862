/**
 * A wrong option: a mistake of the programmer, found at construction.
 *
 * Floor 0: imports nothing.
 */

/** Thrown when an option is unknown, missing or out of its range. It names the class, the option and the value. */
export class OptionError extends TypeError {
  /** Always `ERR_INVALID_OPTION`. */
  readonly code = 'ERR_INVALID_OPTION' as const
  /** The class or function that was given the option. */
  readonly owner: string
  /** The option's name. */
  readonly option: string

  constructor(owner: string, option: string, problem: string) {
    super(`${owner}: ${problem}`)
    this.owner = owner
    this.option = option
  }

  override get name(): string {
    return 'OptionError'
  }
}

/** Shows a value in a message: short, on one line, never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}
