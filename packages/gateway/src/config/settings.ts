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
 * Pure; imports `kinds`, `secret`, and the settings of each part.
 */
import { z } from 'zod'
import { type CorsSettings, corsSettings, hostNames } from './browser-settings.ts'
import { type Address, address, bytes, integerFrom, milliseconds, name, oneOf, PATH, text } from './kinds.ts'
import { type JetStreamSettings, jetStreamSettings } from './nats-settings.ts'
import { type RedisSettings, redisSettings } from './redis-settings.ts'
import { key, type Secret } from './secret.ts'
import { type StreamSettings, streamSettings } from './stream-settings.ts'
import { type TenantSettings, tenantSettings } from './tenant-settings.ts'

/** What is declared about the gateway. */
export interface GatewaySettings {
  readonly listen: Address
  readonly admin: Address
  /** `undefined`: whoever reaches the admin listener may use it, and it is on loopback. */
  readonly adminToken?: Secret | undefined
  /** In lower case. */
  readonly adminHosts: readonly string[]
  readonly dataDir: string
  readonly bodyLimit: number
  readonly bodyBudget: number
  readonly maxConnections: number
  readonly bodyTimeoutMs: number
  readonly feedIdleTimeoutMs: number
  readonly feedTimeoutMs: number
  readonly drainTimeoutMs: number
  readonly logLevel: LogLevel
  /** `undefined`: no page of another origin may send. */
  readonly cors?: CorsSettings | undefined
  /** `undefined`: everybody may send, and the ingest listener is on loopback. */
  readonly tenants?: readonly TenantSettings[] | undefined
  /** `undefined`: each gateway keeps the rates of its tenants by itself. */
  readonly redis?: RedisSettings | undefined
  /** `undefined`: no stream is kept there. */
  readonly jetstream?: JetStreamSettings | undefined
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
      description: 'Where events are taken: on loopback, or with tenants anywhere.',
    }),
    admin: address().prefault('127.0.0.1:8081').meta({
      flag: '--admin',
      env: 'SPILLWAY_ADMIN',
      description: 'Where operators are answered: on loopback, or with adminToken anywhere.',
    }),
    adminToken: key().optional().meta({
      secret: true,
      description: 'What must be sent to the admin listener, as `Authorization: Bearer TOKEN`.',
    }),
    adminHosts: hostNames().meta({
      description:
        'Names under which the admin listener is reached, besides its address and localhost: a `Host` of any other name is refused.',
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
      description:
        'Bytes of bodies that may be in memory while they are read and wait for places; with tenants, one alone gets half.',
    }),
    maxConnections: integerFrom(1).prefault(10_000).meta({
      flag: '--max-connections',
      env: 'SPILLWAY_MAX_CONNECTIONS',
      unit: 'connections',
      description:
        'Connections that are open at once; another is closed at once. With tenants, one alone gets half.',
    }),
    bodyTimeoutMs: integerFrom(1).prefault(10_000).meta({
      flag: '--body-timeout-ms',
      env: 'SPILLWAY_BODY_TIMEOUT_MS',
      unit: 'ms',
      description: 'How long a body may stall before it is given up; it has 12 times as long to arrive.',
    }),
    feedIdleTimeoutMs: integerFrom(1).prefault(60_000).meta({
      flag: '--feed-idle-timeout-ms',
      env: 'SPILLWAY_FEED_IDLE_TIMEOUT_MS',
      unit: 'ms',
      description: 'How long nothing may come of a feed that is not held back; an empty line is something.',
    }),
    feedTimeoutMs: integerFrom(1).prefault(3_600_000).meta({
      flag: '--feed-timeout-ms',
      env: 'SPILLWAY_FEED_TIMEOUT_MS',
      unit: 'ms',
      description: 'How long a feed may last before it is answered; its client goes on with another one.',
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
    cors: corsSettings.optional().meta({
      description: 'Lets pages of other origins send events from a browser.',
    }),
    tenants: tenantSettings.optional().meta({
      description:
        'Who may send. Without any, everybody who reaches `listen`, which must then be on loopback. Of connections, memory for bodies and places to wait one alone gets half, two get a third each.',
    }),
    redis: redisSettings.optional().meta({
      description: 'Where several gateways share the rates of their tenants.',
    }),
    jetstream: jetStreamSettings.optional().meta({
      description:
        'The NATS servers that keep the streams with `store: jetstream`, for all gateways that name them.',
    }),
    streams: z
      .record(name(), streamSettings, { error: 'an object with one entry for each stream' })
      .refine((streams) => Object.keys(streams).length > 0, { error: 'an object with at least one stream' })
      .optional()
      .meta({ description: 'The streams, by name. Without any there are two, `events` and `metrics`.' }),
  },
  anObject,
)

/** The settings of the gateway as a schema: `safeParse` fills in the defaults. */
export const gatewaySettings: z.ZodType<GatewaySettings> = gateway

let jsonSchema: z.core.JSONSchema.BaseSchema | undefined

/**
 * The same table as a JSON Schema (draft 2020-12), with `unit`, `flag`, `env` and `secret` beside each `description`.
 * Made once.
 */
export function settingsJsonSchema(): z.core.JSONSchema.BaseSchema {
  jsonSchema ??= z.toJSONSchema(gateway, { io: 'input' })
  return jsonSchema
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
