/**
 * Every setting of the gateway, once: its key, kind, unit, default, flag,
 * environment variable and meaning.
 *
 * From this table come the validation of a file, the command line's options
 * and `--help`, and (by `settingsJsonSchema`) the JSON Schema and the
 * reference page. A key whose value has a unit ends in the unit, or takes the
 * unit with the value.
 *
 * Zod keeps the table: paths of faults, variants by `type` and the JSON Schema
 * come with it, where a table of our own would need a walker for each. The
 * words of a fault are ours, with place, value and remedy.
 *
 * Pure; imports `kinds`, `stream-settings`.
 */
import { z } from 'zod'
import { type Address, address, bytes, integerFrom, milliseconds, oneOf, PATH, text } from './kinds.ts'
import { type StreamSettings, streamSettings } from './stream-settings.ts'

/** What is declared about the gateway. */
export interface GatewaySettings {
  readonly listen: Address
  readonly admin: Address
  readonly dataDir: string
  readonly bodyLimit: number
  readonly bodyBudget: number
  readonly maxConnections: number
  readonly bodyTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly logLevel: LogLevel
  /** Left out, the gateway serves its two default streams. */
  readonly streams?: Readonly<Record<string, StreamSettings>> | undefined
}

/** How much is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const anObject = { error: 'an object of settings' }

const gateway = z.strictObject(
  {
    listen: address().prefault('127.0.0.1:8080').meta({
      flag: '--listen',
      env: 'SPILLWAY_LISTEN',
      description: 'Where events are taken.',
    }),
    admin: address().prefault('127.0.0.1:8081').meta({
      flag: '--admin',
      env: 'SPILLWAY_ADMIN',
      description: 'Where health and metrics are answered. Keep it on loopback.',
    }),
    dataDir: text(PATH).prefault('./data').meta({
      flag: '--data-dir',
      env: 'SPILLWAY_DATA_DIR',
      description: 'Where the gateway keeps its files.',
    }),
    bodyLimit: bytes(1).prefault('16MiB').meta({
      flag: '--body-limit',
      env: 'SPILLWAY_BODY_LIMIT',
      unit: 'bytes',
      description: 'The largest body that is taken.',
    }),
    bodyBudget: bytes(1).prefault('64MiB').meta({
      flag: '--body-budget',
      env: 'SPILLWAY_BODY_BUDGET',
      unit: 'bytes',
      description: 'Bytes of bodies that may be in memory while they are read and wait for places.',
    }),
    maxConnections: integerFrom(1).prefault(10_000).meta({
      flag: '--max-connections',
      env: 'SPILLWAY_MAX_CONNECTIONS',
      unit: 'connections',
      description: 'Connections that are open at once; another is closed at once.',
    }),
    bodyTimeoutMs: integerFrom(1).prefault(10_000).meta({
      flag: '--body-timeout-ms',
      env: 'SPILLWAY_BODY_TIMEOUT_MS',
      unit: 'ms',
      description: 'How long a body may stall before it is given up.',
    }),
    drainTimeoutMs: milliseconds().prefault(10_000).meta({
      flag: '--drain-timeout-ms',
      env: 'SPILLWAY_DRAIN_TIMEOUT_MS',
      unit: 'ms',
      description: 'How long a stop waits for what was accepted to be delivered.',
    }),
    logLevel: oneOf('debug', 'info', 'warn', 'error', 'silent').prefault('info').meta({
      flag: '--log-level',
      env: 'SPILLWAY_LOG_LEVEL',
      description: 'How much is logged, to standard error.',
    }),
    streams: z
      .record(
        z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, {
          error: 'a name of 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit',
        }),
        streamSettings,
        { error: 'an object with one entry for each stream' },
      )
      .refine((streams) => Object.keys(streams).length > 0, { error: 'an object with at least one stream' })
      .optional()
      .meta({ description: 'The streams, by name. Without any there are two, `events` and `metrics`.' }),
  },
  anObject,
)

/** The settings of the gateway as a schema: `safeParse` fills in the defaults. */
export const gatewaySettings: z.ZodType<GatewaySettings> = gateway

/** The same table as a JSON Schema (draft 2020-12), with `unit`, `flag` and `env` beside each `description`. */
export function settingsJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(gateway, { io: 'input' })
}

/** A setting that the command line and the environment can change too. */
export interface FlagSetting {
  readonly key: keyof GatewaySettings
  readonly flag: string
  readonly env: string
  readonly description: string
  readonly default: unknown
}

/** The settings with a flag, in the order of the table. */
export function flagSettings(): readonly FlagSetting[] {
  return Object.entries(settingsJsonSchema().properties ?? {}).flatMap(([key, schema]) => {
    if (typeof schema === 'boolean' || typeof schema['flag'] !== 'string') return []
    const { flag, env, description } = schema
    // The properties are those of the schema that is checked against `GatewaySettings`.
    return [
      {
        key: key as keyof GatewaySettings,
        flag,
        env: String(env),
        description: description ?? '',
        default: schema.default,
      },
    ]
  })
}
