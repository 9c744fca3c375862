/**
 * Values of options: each parser says what it wants when it gets something else.
 */
import { InvalidArgumentError } from 'commander'

/** An integer from `least` to `most`. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`)
    }
    return value
  }
}

/** A finite number above 0. */
export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.')
  }
  return value
}

/** A finite number of at least 0. */
export function notNegative(text: string): number {
  return text.trim() === '0' ? 0 : positive(text)
}

/** Numbers above 0, separated by commas. */
export function positives(text: string): readonly number[] {
  return text.split(',').map(positive)
}

/** Names of `known`, separated by commas. */
export function namesOf(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const names = text.split(',').map((name) => name.trim())
    const stranger = names.find((name) => !known.includes(name))
    if (stranger !== undefined) {
      throw new InvalidArgumentError(`There is no "${stranger}"; known are ${known.join(', ')}.`)
    }
    return names
  }
}
