/**
 * The settings of one start: the file's, overridden by the environment's,
 * overridden by the command line's.
 *
 * Pure; the caller reads files and environment. Imports `document`,
 * `environment`, `mask`, `parse-settings`, `settings`, `settings-agreement`,
 * `settings-fault`, `kinds`, `path`.
 */
import { join } from 'node:path'
import { ConfigError } from './config-error.ts'
import { type ConfigDocument, type Place, readDocument } from './document.ts'
import { type Environment, expand } from './environment.ts'
import { formatAddress, parseAddress } from './kinds.ts'
import { type Mask, maskOf } from './mask.ts'
import { parseSettings } from './parse-settings.ts'
import { type Path, valueAt } from './path.ts'
import { flagSettings, type GatewaySettings } from './settings.ts'
import { disagreements } from './settings-agreement.ts'
import { type Fault, faultSentence, sentencesFor } from './settings-fault.ts'
import { type StreamSettings, streamSettings } from './stream-settings.ts'

/** A value that overrides the file's, or the port of an address. */
export type Override = {
  /** A top-level key of the table of settings. */
  readonly key: keyof GatewaySettings
  /** How a message calls the place it came from: `--port`, `SPILLWAY_LISTEN`. */
  readonly origin: string
} & ({ readonly value: unknown } | { readonly port: number })

/** The settings of a gateway that is about to start: every stream is known. */
export type ResolvedSettings = GatewaySettings & {
  readonly streams: Readonly<Record<string, StreamSettings>>
}

/** A configuration file. */
export interface ConfigFile {
  readonly name: string
  readonly text: string
}

/** Settings, and where each of them stands. */
export interface Configuration {
  readonly settings: ResolvedSettings
  /** What was written, its variables not replaced, and what overrides it. */
  readonly written: unknown
  /** Where a setting stands, or its nearest parent that was written, or what overrode it. */
  placeOf(path: Path): Place
  /** Keeps secrets and values of variables out of a text. */
  readonly mask: Mask
}

/**
 * Checks everything and fills in the defaults.
 *
 * @param file - the configuration file, when there is one
 * @param environment - what `${NAME}` in the file stands for
 * @throws ConfigError naming every fault with its place, the value and the remedy
 */
export function loadSettings(
  file: ConfigFile | undefined,
  overrides: readonly Override[] = [],
  environment: Environment = {},
): ResolvedSettings {
  return loadConfiguration(file, overrides, environment).settings
}

/** The same, for those who have more to say about it. */
export function loadConfiguration(
  file: ConfigFile | undefined,
  overrides: readonly Override[],
  environment: Environment,
): Configuration {
  const document = readDocument(file?.name ?? 'defaults', file?.text ?? '')
  const expanded = expand(document.data, environment)
  const written = overlay(document.data, overrides)
  const data = overlay(expanded.data, overrides)
  const places = new Places(document, overrides)
  const result = parseSettings(data, written)
  const unset = expanded.unset.map((fault) => ({ ...fault, isKey: false }))
  const wrong = (result.error?.issues ?? [])
    .flatMap((issue) => sentencesFor(issue, written))
    .filter(({ path }) => !unset.some((fault) => isSame(fault.path, path)))
  places.refuse([...unset, ...wrong])
  if (!result.success) throw result.error
  const settings = { ...result.data, streams: result.data.streams ?? defaultStreams(result.data.dataDir) }
  const disagreeing = disagreements(settings).map(({ path, expects }) => {
    return { path, isKey: false, sentence: faultSentence(path, expects, written) }
  })
  places.refuse(disagreeing)
  const placeOf = (path: Path): Place => places.of({ path, isKey: false })
  return { settings, written, placeOf, mask: maskOf(data, expanded.used) }
}

/** Knows where settings come from. */
class Places {
  readonly #document: ConfigDocument
  readonly #overrides: readonly Override[]

  constructor(document: ConfigDocument, overrides: readonly Override[]) {
    this.#document = document
    this.#overrides = overrides
  }

  of({ path, isKey }: Pick<Fault, 'path' | 'isKey'>): Place {
    const isInFile = path[0] !== undefined && valueAt(this.#document.data, [path[0]]) !== undefined
    const override = this.#overrides.findLast((each) => {
      return each.key === path[0] && !('port' in each && isInFile)
    })
    if (override) return { offset: -1, text: `${override.origin}:` }
    return isKey ? this.#document.placeOfKey(path) : this.#document.placeOf(path)
  }

  /** @throws ConfigError with those of the command line and the environment first, then in the order of the file. */
  refuse(faults: readonly Fault[]): void {
    if (faults.length === 0) return
    const placed = faults.map((fault) => ({ ...this.of(fault), sentence: fault.sentence }))
    throw new ConfigError(
      placed.toSorted((a, b) => a.offset - b.offset).map(({ text, sentence }) => `${text} ${sentence}`),
    )
  }
}

function isSame(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((key, index) => key === b[index])
}

function overlay(data: unknown, overrides: readonly Override[]): unknown {
  if (overrides.length === 0 || typeof data !== 'object' || data === null || Array.isArray(data)) return data
  const overlaid: Record<string, unknown> = { ...data }
  for (const override of overrides) {
    const { key } = override
    overlaid[key] =
      'value' in override ? override.value : withPort(overlaid[key] ?? defaultOf(key), override.port)
  }
  return overlaid
}

function withPort(address: unknown, port: number): string {
  return formatAddress({ host: parseAddress(String(address)).host, port })
}

function defaultOf(key: string): unknown {
  return flagSettings().find((setting) => setting.key === key)?.default
}

/**
 * The streams of a gateway that was told of none: `events`, stored on the disk, which makes senders wait, and
 * `metrics`, in memory, which refuses. Both take a batch of 10,000 events.
 */
function defaultStreams(dataDir: string): Readonly<Record<string, StreamSettings>> {
  const sinkTo = (name: string) => ({ type: 'file', path: join(dataDir, name) })
  return {
    events: streamSettings.parse({
      class: 'critical',
      window: { items: 20_000 },
      backlog: { items: 1_000_000, bytes: '1GiB', maxAgeMs: 86_400_000 },
      sink: sinkTo('events.ndjson'),
    }),
    metrics: streamSettings.parse({
      class: 'best-effort',
      window: { items: 20_000 },
      whenFull: 'reject',
      sink: sinkTo('metrics.ndjson'),
    }),
  }
}
