/**
 * The settings of one start: the file's, overridden by the environment's,
 * overridden by the command line's.
 *
 * Pure; the caller reads files and environment. Imports `settings`,
 * `document`, `settings-fault`, `kinds`.
 */
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { type ConfigDocument, readDocument } from './document.ts'
import { formatAddress, parseAddress } from './kinds.ts'
import { flagSettings, type GatewaySettings, gatewaySettings } from './settings.ts'
import { sentencesFor } from './settings-fault.ts'
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

/**
 * Checks everything and fills in the defaults.
 *
 * @param file - name and text of the configuration file, when there is one
 * @throws ConfigError naming every fault with its place, the value and the remedy
 */
export function loadSettings(
  file: { readonly name: string; readonly text: string } | undefined,
  overrides: readonly Override[] = [],
): ResolvedSettings {
  const document = readDocument(file?.name ?? 'defaults', file?.text ?? '')
  const data = overlay(document.data, overrides)
  const result = gatewaySettings.safeParse(data)
  if (!result.success) throw new ConfigError(faultsOf(result.error, { data, document, overrides }))
  const settings = { ...result.data, streams: result.data.streams ?? defaultStreams(result.data.dataDir) }
  refuseSharedFiles(settings, document)
  return settings
}

/** What was read, and from where. */
interface Sources {
  readonly data: unknown
  readonly document: ConfigDocument
  readonly overrides: readonly Override[]
}

/** A sentence for each fault: those of the command line and the environment first, then in the order of the file. */
function faultsOf(error: z.core.$ZodError, { data, document, overrides }: Sources): readonly string[] {
  const placed = error.issues
    .flatMap((issue) => sentencesFor(issue, data))
    .map(({ path, isKey, sentence }) => {
      const override = overrides.findLast(({ key }) => key === path[0])
      if (override) return { offset: -1, text: `${override.origin}: ${sentence}` }
      const { offset, text } = isKey ? document.placeOfKey(path) : document.placeOf(path)
      return { offset, text: `${text} ${sentence}` }
    })
  return placed.toSorted((a, b) => a.offset - b.offset).map(({ text }) => text)
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

/** Two streams that append to one file would tear each other's lines. */
function refuseSharedFiles(settings: ResolvedSettings, document: ConfigDocument): void {
  const owners = new Map<string, string>()
  for (const [name, { sink }] of Object.entries(settings.streams)) {
    if (sink.type !== 'file') continue
    const path = resolve(sink.path)
    const owner = owners.get(path)
    if (owner !== undefined) {
      const place = document.placeOf(['streams', name, 'sink', 'path']).text
      throw new ConfigError([
        `${place} streams.${name}.sink.path is ${owner}'s file too; give each stream its own`,
      ])
    }
    owners.set(path, name)
  }
}
