/**
 * The bounds of a stream, checked.
 */
import { OptionError } from 'spillway'
import type { StreamOptions } from './store.ts'

type Resolved = Required<{ [K in keyof StreamOptions]: NonNullable<StreamOptions[K]> }>

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/
const DEDUPE_DEFAULT = { windowMs: 600_000, maxKeys: 100_000 }
const MAX_COMMITTING_BYTES = 64 * 2 ** 20
const COMMIT_TIMEOUT_MS = 1000

/**
 * Checks a stream's name and bounds, and fills in the defaults.
 *
 * @throws OptionError naming the option and the value
 */
export function resolveStreamOptions(name: string, given: StreamOptions): Resolved {
  if (!NAME.test(name)) {
    const rule = 'must be 1 to 100 letters, digits, "-", "_" or ".", beginning with a letter or digit'
    throw new OptionError('EventStore', 'name', `stream name ${JSON.stringify(name)} ${rule}`)
  }
  const options = {
    ...given,
    dedupe: given.dedupe ?? DEDUPE_DEFAULT,
    isOrdered: given.isOrdered ?? false,
    commitTimeoutMs: given.commitTimeoutMs ?? COMMIT_TIMEOUT_MS,
    maxCommittingBytes: given.maxCommittingBytes ?? MAX_COMMITTING_BYTES,
  }
  checkBacklog(options.backlog)
  atLeast('deadLetters.items', options.deadLetters.items, 0)
  atLeast('deadLetters.bytes', options.deadLetters.bytes, 0)
  atLeast('dedupe.windowMs', options.dedupe.windowMs, 0)
  atLeast('dedupe.maxKeys', options.dedupe.maxKeys, 0)
  atLeast('maxCommittingBytes', options.maxCommittingBytes, 1)
  atLeast('commitTimeoutMs', options.commitTimeoutMs, 1)
  return options
}

/** Checks the bounds of a backlog. */
export function checkBacklog(backlog: StreamOptions['backlog']): void {
  atLeast('backlog.items', backlog.items, 1)
  atLeast('backlog.bytes', backlog.bytes, 1)
  atLeast('backlog.maxAgeMs', backlog.maxAgeMs, 1)
}

function atLeast(option: string, value: unknown, min: number): void {
  if (typeof value === 'number' && value >= min) return
  const problem = `option "${option}" must be a number of at least ${min} (Infinity for no bound), got ${String(value)}`
  throw new OptionError('EventStore', option, problem)
}
