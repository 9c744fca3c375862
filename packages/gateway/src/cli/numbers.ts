/**
 * Numbers on the command line: each reader says what it wants when it gets
 * something else.
 *
 * Pure; imports nothing of the gateway.
 */
import { InvalidArgumentError } from 'commander'

/** A finite number above 0. */
export function positiveNumber(given: string): number {
  const value = Number(given)
  if (given.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** A finite number of at least 0. */
export function numberFromZero(given: string): number {
  return given.trim() === '0' ? 0 : positiveNumber(given)
}

/** A whole number of at least 1. */
export function countFromOne(given: string): number {
  const value = Number(given)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError('It must be a whole number of at least 1.')
}
