/**
 * What a check says about a configuration that is right, and unwise: it can be
 * served, and will disappoint.
 *
 * Pure; imports `load-settings`, `path`.
 */
import type { ResolvedSettings } from '../load-settings.ts'
import type { Path } from '../path.ts'
import type { StreamSettings } from '../stream-settings.ts'

/** One warning. */
export interface Warning {
  /** The setting that it is about. */
  readonly path: Path
  /** What will happen, with its numbers, and what to write instead. */
  readonly sentence: string
}

/** What is known besides the file. */
export interface Surroundings {
  /** Of the volume of `dataDir`: what is free, and what the store has there already. */
  readonly disk: { readonly freeBytes: number; readonly storedBytes: number }
  /** What the process may take. */
  readonly memoryBytes: number
  /** Of consumers, by stream: the events per second that they were measured to take. */
  readonly rates: Readonly<Record<string, number>>
}

/** A stream that is looked at. */
export interface StreamView {
  readonly name: string
  readonly settings: StreamSettings
  /** Makes a warning about one of the stream's settings. */
  warn(setting: string, sentence: string): Warning
}

/** The streams of a configuration. */
export function viewsOf({ streams }: ResolvedSettings): readonly StreamView[] {
  return Object.entries(streams).map(([name, settings]) => ({
    name,
    settings,
    warn(setting, sentence) {
      return {
        path: ['streams', name, ...setting.split('.')],
        sentence: `streams.${name}.${setting} ${sentence}`,
      }
    },
  }))
}
