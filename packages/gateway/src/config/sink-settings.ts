/**
 * The settings of a sink: where a stream's events go.
 *
 * Pure; imports `kinds`, `nats-settings`, `secret`, `verify-settings`.
 */
import { z } from 'zod'
import { bytes, integerFrom, oneOf, PATH, text } from './kinds.ts'
import { checkAccess, type NatsAccess, natsAccess } from './nats-settings.ts'
import type { Secret } from './secret.ts'
import { webhookSecret } from './verify-settings.ts'

/** What is written of an event. */
type WrittenForm = 'payload' | 'envelope'

/** Payloads, or whole envelopes, appended to a file. */
export interface FileSinkSettings {
  readonly type: 'file'
  readonly path: string
  /** `undefined`: the file is never rotated. */
  readonly rotateBytes?: number | undefined
  readonly write: WrittenForm
}

/** Payloads, or whole envelopes, on standard output. */
export interface StdoutSinkSettings {
  readonly type: 'stdout'
  readonly write: WrittenForm
}

/** One POST for each event, or for each batch. */
export interface HttpSinkSettings {
  readonly type: 'http'
  readonly url: string
  readonly timeoutMs: number
  readonly secret?: Secret | undefined
  readonly allowPrivate: boolean
  /** Of batches: CloudEvents when left out. */
  readonly format?: 'cloudevents' | 'ndjson' | undefined
}

/** A function of the user's own. */
export interface ModuleSinkSettings {
  readonly type: 'module'
  readonly path: string
  readonly export: string
}

const SUBJECT = 'a subject of NATS without wildcards, as orders.created'

/** A subject of NATS. */
export interface NatsSinkSettings extends NatsAccess {
  readonly type: 'nats'
  readonly subject: string
  readonly mode: 'jetstream' | 'core'
  readonly timeoutMs: number
}

/** Where a stream's events go. */
export type SinkSettings =
  | FileSinkSettings
  | StdoutSinkSettings
  | HttpSinkSettings
  | ModuleSinkSettings
  | NatsSinkSettings

function isHttpUrl(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, username, password } = new URL(given)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}

const write = oneOf('payload', 'envelope').prefault('payload').meta({
  description:
    'What a line is: the payload as received, or a JSON object with id, receivedAt, tenant, contentType, key, traceparent and payload (payloadBase64 when it is not JSON).',
})

const file = z.strictObject({
  type: z.literal('file').meta({ description: 'Events appended to a file, one a line, flushed.' }),
  path: text(PATH).meta({ description: 'The file; it and its directory are made when missing.' }),
  rotateBytes: bytes(1024).optional().meta({
    unit: 'bytes',
    description:
      'The size at which the file gets a number as its ending and a new one is begun; none is deleted.',
  }),
  write,
})

const stdout = z.strictObject({
  type: z.literal('stdout').meta({ description: 'Events on standard output, one a line.' }),
  write,
})

const http = z.strictObject({
  type: z.literal('http').meta({
    description:
      'One POST for each event, or with `batch` for many: 2xx is delivered; 408, 425, 429, 5xx and silence are tried again.',
  }),
  url: z
    .string({ error: 'an http or https URL' })
    .refine(isHttpUrl, { error: 'an http or https URL, without a password in it' })
    .meta({ description: 'Where to. Redirects are not followed.' }),
  timeoutMs: integerFrom(1)
    .prefault(5000)
    .meta({ unit: 'ms', description: 'How long one delivery may take, to the end of the answer.' }),
  secret: webhookSecret()
    .optional()
    .meta({ secret: true, description: 'Signs each delivery by the Standard Webhooks scheme.' }),
  allowPrivate: z.boolean({ error: 'true or false' }).prefault(false).meta({
    description:
      'Whether a name in `url` may stand for a private or loopback address. An address written there itself may.',
  }),
  format: oneOf('cloudevents', 'ndjson').optional().meta({
    description:
      'How a `batch` is sent: as a CloudEvents batch (`cloudevents`, as when left out), each event with its id; or as payloads, one a line (`ndjson`), without.',
  }),
})

const module = z.strictObject({
  type: z.literal('module').meta({
    description: 'A function of your own, given one event, or with `batch` an array of them.',
  }),
  path: text(PATH).meta({ description: 'The JavaScript module.' }),
  export: text('the name of an export').prefault('deliver').meta({ description: 'The function in it.' }),
})

const nats = z
  .strictObject({
    type: z.literal('nats').meta({
      description: 'One message for each event: the payload, its id in `Nats-Msg-Id`, the rest in headers.',
    }),
    ...natsAccess,
    subject: z
      .string({ error: SUBJECT })
      .regex(/^[^\s.*>]+(\.[^\s.*>]+)*$/, { error: SUBJECT })
      .meta({ description: 'Where to.' }),
    mode: oneOf('jetstream', 'core').prefault('jetstream').meta({
      description:
        '`jetstream`: delivered is what a stream has acknowledged. `core`: delivered is what the server has, for whoever listens then.',
    }),
    timeoutMs: integerFrom(1)
      .prefault(5000)
      .meta({ unit: 'ms', description: 'How long the answer to one delivery is waited for.' }),
  })
  .superRefine((given, context) => {
    checkAccess(given, (key, message) => context.addIssue({ code: 'custom', path: [key], message }))
  })

/** The sinks by `type`. */
export const sinkSettings: z.ZodType<SinkSettings, unknown> = z
  .discriminatedUnion('type', [file, stdout, http, module, nats], {
    error: ({ code }) =>
      code === 'invalid_union'
        ? 'one of file, stdout, http, module, nats'
        : 'an object with a type, as { type: file, path: FILE } or { type: http, url: URL }',
  })
  .meta({ description: 'Where the events go.' })
