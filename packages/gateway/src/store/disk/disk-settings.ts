/**
 * The settings of a disk store, checked.
 */
import { type Clock, OptionError, systemClock } from 'spillway'
import { systemWallNowMs } from '../wall-clock.ts'
import type { OnDamage } from './log-recovery.ts'

/** What a disk store may be given. */
export interface DiskStoreOptions {
  /** Where everything is kept; made when it is not there. One gateway at a time. */
  readonly directory: string
  /** The size at which a segment is full. 16 MiB by default; from 4 KiB to 1 GiB. */
  readonly segmentBytes?: number
  /** What stays free on the volume. 64 MiB by default; 0: until it is full. */
  readonly minFreeBytes?: number
  /**
   * What to do when acknowledged events are found damaged at the opening. `refuse`, the default: an error that
   * says where. `skip`: a copy of the file is set aside, and what can be read is kept.
   */
  readonly onDamage?: OnDamage
  /** Told in one sentence what an operator should know. A process warning by default. */
  readonly onWarning?: (sentence: string) => void
  readonly clock?: Clock
  /** Wall-clock milliseconds since 1970; the system's by default. */
  readonly wallNowMs?: () => number
}

/** All of them, with their defaults. */
export type DiskSettings = Required<DiskStoreOptions>

const MIN_SEGMENT_BYTES = 4 * 1024
const MAX_SEGMENT_BYTES = 2 ** 30

const warnProcess = (sentence: string): void => process.emitWarning(sentence, 'SpillwayStore')

/**
 * Fills in the defaults.
 *
 * @throws OptionError naming the option and the value
 */
export function resolveDiskSettings(given: DiskStoreOptions): DiskSettings {
  const settings = {
    segmentBytes: 16 * 2 ** 20,
    minFreeBytes: 64 * 2 ** 20,
    onDamage: 'refuse' as const,
    onWarning: warnProcess,
    clock: systemClock,
    wallNowMs: systemWallNowMs,
    ...given,
  }
  if (settings.directory === '') throw wrong('directory', 'must name a directory', settings.directory)
  const { segmentBytes, minFreeBytes, onDamage } = settings
  if (!(segmentBytes >= MIN_SEGMENT_BYTES && segmentBytes <= MAX_SEGMENT_BYTES)) {
    throw wrong('segmentBytes', 'must be a number from 4096 to 1073741824', segmentBytes)
  }
  if (!(minFreeBytes >= 0)) throw wrong('minFreeBytes', 'must be a number of at least 0', minFreeBytes)
  if (onDamage !== 'refuse' && onDamage !== 'skip') {
    throw wrong('onDamage', 'must be one of "refuse", "skip"', onDamage)
  }
  return settings
}

function wrong(option: string, rule: string, value: unknown): OptionError {
  return new OptionError('DiskStore', option, `option "${option}" ${rule}, got ${JSON.stringify(value)}`)
}
