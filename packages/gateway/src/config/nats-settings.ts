/**
 * How a NATS server is reached: the same for the store `jetstream` and for the
 * sink `nats`; and what several gateways agree on about their streams there.
 *
 * Pure; imports `kinds`, `secret`.
 */
import { z } from 'zod'
import { integerFrom, PATH, text } from './kinds.ts'
import { type Secret, secret } from './secret.ts'

/** Where the servers are, and who the gateway is to them. */
export interface NatsAccess {
  readonly servers: readonly string[]
  readonly token?: Secret | undefined
  readonly user?: string | undefined
  readonly password?: Secret | undefined
  /** The seed of an nkey. */
  readonly nkey?: Secret | undefined
  /** A file with a JWT and a seed. */
  readonly credentials?: string | undefined
  /** A file of certificates that the servers' are checked against. */
  readonly ca?: string | undefined
}

/** What the gateways that share streams must all say alike. */
export interface JetStreamSettings extends NatsAccess {
  readonly prefix: string
  readonly replicas: number
  readonly takeOverMs: number
  readonly maxPublishing: number
  readonly maxUnacknowledged: number
  readonly partitions: number
}

/** Each is a consumer of the broker, and a turn that is kept. */
const MAX_PARTITIONS = 64

const SERVER = 'a server as nats://HOST:PORT or tls://HOST:PORT, without a password in it'
const SEED = 'the seed of an nkey: SU and 56 more letters and digits'

function isServer(given: string): boolean {
  if (!URL.canParse(given)) return false
  const { protocol, hostname, username, password } = new URL(given)
  return (
    (protocol === 'nats:' || protocol === 'tls:') && hostname !== '' && username === '' && password === ''
  )
}

const server = z.string({ error: SERVER }).refine(isServer, { error: SERVER })

/** The settings of an access, to be spread into an object of settings. */
export const natsAccess: {
  readonly servers: z.ZodType<readonly string[], unknown>
  readonly token: z.ZodType<Secret | undefined, unknown>
  readonly user: z.ZodType<string | undefined, unknown>
  readonly password: z.ZodType<Secret | undefined, unknown>
  readonly nkey: z.ZodType<Secret | undefined, unknown>
  readonly credentials: z.ZodType<string | undefined, unknown>
  readonly ca: z.ZodType<string | undefined, unknown>
} = {
  servers: z
    .union([server.transform((one) => [one]), z.array(server, { error: SERVER }).min(1, { error: SERVER })], {
      error: `${SERVER}, or a list of such`,
    })
    .meta({ description: 'One server, or several of one cluster.' }),
  token: secret('a token that is not empty', (given) => given !== '')
    .optional()
    .meta({ secret: true, description: 'A token, where the servers ask for one.' }),
  user: text('a user name').optional().meta({ description: 'A user, where the servers ask for one.' }),
  password: secret('a password that is not empty', (given) => given !== '')
    .optional()
    .meta({ secret: true, description: 'The password of the user.' }),
  nkey: secret(SEED, (given) => /^SU[A-Z2-7]{56}$/.test(given))
    .optional()
    .meta({ secret: true, description: 'The seed of an nkey, where the servers ask for one.' }),
  credentials: text(PATH)
    .optional()
    .meta({ description: 'A credentials file, with a JWT and a seed, where the servers ask for them.' }),
  ca: text(PATH).optional().meta({
    description: 'A file of certificates by which the servers are known, in place of the system’s.',
  }),
}

/** One way of saying who one is is enough. */
export function checkAccess(
  given: Omit<NatsAccess, 'servers'>,
  refuse: (key: keyof NatsAccess, message: string) => void,
): void {
  if ((given.user === undefined) !== (given.password === undefined)) {
    refuse(given.user === undefined ? 'user' : 'password', 'given together: user and password')
  }
  const ways = (['token', 'user', 'nkey', 'credentials'] as const).filter((key) => given[key] !== undefined)
  if (ways.length > 1) {
    refuse(ways[1]!, `left out beside ${ways[0]}: one of token, user, nkey and credentials`)
  }
}

/** The store on JetStream. */
export const jetStreamSettings: z.ZodType<JetStreamSettings, unknown> = z
  .strictObject(
    {
      ...natsAccess,
      prefix: z
        .string({ error: 'a word of letters, digits, _ and -' })
        .regex(/^[A-Za-z0-9_-]{1,32}$/, { error: 'a word of 1 to 32 letters, digits, _ and -' })
        .prefault('spillway')
        .meta({
          description:
            'What the names of streams and subjects begin with: gateways that share streams have the same, others another.',
        }),
      replicas: z
        .union([z.literal(1), z.literal(3), z.literal(5)], { error: '1, 3 or 5' })
        .prefault(1)
        .meta({
          unit: 'servers',
          description:
            'How many servers keep each event. 1: an acknowledgement is worth `broker`; 3 or 5, of a cluster: `replicated`.',
        }),
      takeOverMs: integerFrom(500).prefault(30_000).meta({
        unit: 'ms',
        description:
          'After how long without a sign of life another gateway delivers what this one has taken on.',
      }),
      maxPublishing: integerFrom(1).prefault(256).meta({
        unit: 'batches',
        description:
          'Batches that may wait for the broker’s acknowledgement at once; others wait for places.',
      }),
      maxUnacknowledged: integerFrom(1).prefault(20_000).meta({
        unit: 'batches',
        description:
          'Batches that all gateways together may have taken on and not done with, those that wait for a retry among them.',
      }),
      partitions: integerFrom(1)
        .max(MAX_PARTITIONS, { error: `an integer from 1 to ${MAX_PARTITIONS}` })
        .prefault(16)
        .meta({
          unit: 'partitions',
          description:
            'Into how many parts a stream with `orderBy` is divided by its keys. Each is delivered by one gateway at a time, so this many gateways can deliver it together. Fixed once the stream exists.',
        }),
    },
    { error: 'an object of settings' },
  )
  .superRefine((given, context) => {
    checkAccess(given, (key, message) => context.addIssue({ code: 'custom', path: [key], message }))
  })
