/**
 * The settings of a stream: what it holds, what happens when that is full, and
 * how its events are delivered.
 *
 * What a stream holds and what happens when it is full have no default:
 * whoever declares a stream decides that. A `critical` stream can't be declared
 * so that it loses events.
 *
 * Pure; imports `kinds`, `sink-settings`, `verify-settings`.
 */
import { z } from 'zod'
import { bytes, integerFrom, milliseconds, oneOf, positive } from './kinds.ts'
import { type SinkSettings, sinkSettings } from './sink-settings.ts'
import { type VerifySettings, verifySettings } from './verify-settings.ts'

/** A rate and the burst above it. */
export interface RateSettings {
  readonly ratePerSecond: number
  readonly burst: number
}

/** How many deliveries run at once: a number, or bounds within which it is learned. */
export type ConcurrencySettings = number | { readonly min: number; readonly max: number }

/** When events that wait for others are given to the sink: as soon as any of these is reached. */
export interface BatchSettings {
  readonly size: number
  readonly intervalMs: number
  readonly maxBytes: number
}

/** What is declared about one stream, with every default filled in. */
export interface StreamSettings {
  readonly class: 'critical' | 'best-effort'
  readonly store: 'memory' | 'disk' | 'jetstream'
  readonly window: { readonly items: number; readonly bytes: number }
  /** In memory: the window, of any age. */
  readonly backlog: { readonly items: number; readonly bytes: number; readonly maxAgeMs: number }
  readonly whenFull: 'block' | 'reject' | 'drop-oldest'
  readonly enqueueTimeoutMs: number
  readonly maxWaiting: number
  readonly concurrency: ConcurrencySettings
  readonly retry: { readonly attempts: number; readonly baseMs: number; readonly maxMs: number }
  readonly deadLetters: { readonly items: number; readonly bytes: number }
  readonly orderBy?: string | undefined
  readonly dedupe: { readonly windowMs: number; readonly maxKeys: number }
  readonly batch?: BatchSettings | undefined
  readonly rate?: RateSettings | undefined
  readonly ingress?: RateSettings | undefined
  /** `undefined`: nothing is signed. */
  readonly verify?: VerifySettings | undefined
  readonly sink: SinkSettings
}

/** Without an entry of its own, a sink that takes much at once gets much at once. */
const LOCAL_CONCURRENCY = 1024
const REMOTE_CONCURRENCY = { min: 1, max: 64 }
/** Batches at once, at most. At least one: a limit below it would leave every batch to wait for its time. */
const REMOTE_BATCHES = 8
/** Timers are late by some milliseconds: a burst of less than that would hold the rate below what was asked for. */
const BURST_S = 0.02

const anObject = { error: 'an object of settings' }
const ratePerSecond = positive().meta({ unit: 'events/s', description: 'The steady rate.' })

const window = z
  .strictObject(
    {
      items: integerFrom(1).meta({ unit: 'events', description: 'Events in memory.' }),
      bytes: bytes(1).prefault('64MiB').meta({ unit: 'bytes', description: 'Bytes of payload in memory.' }),
    },
    anObject,
  )
  .meta({
    description:
      'What is held in memory: all of a stream in memory, the part of a stored one that is next in turn.',
  })

const backlog = z
  .strictObject(
    {
      items: integerFrom(1).meta({ unit: 'events', description: 'Events that may be stored.' }),
      bytes: bytes(1).meta({ unit: 'bytes', description: 'Bytes of payload that may be stored.' }),
      maxAgeMs: integerFrom(1).meta({
        unit: 'ms',
        description:
          'With an older event in it the backlog takes nothing more; such an event is not tried again.',
      }),
    },
    anObject,
  )
  .optional()
  .meta({
    description:
      'What is held on the disk, or by the broker for all gateways; not in memory, where the window is all there is.',
  })

const retry = z
  .strictObject(
    {
      attempts: integerFrom(1)
        .prefault(8)
        .meta({ unit: 'attempts', description: 'Deliveries of one event before it is a dead letter.' }),
      baseMs: integerFrom(1).prefault(100).meta({
        unit: 'ms',
        description: 'The longest pause after the first attempt; it doubles with each.',
      }),
      maxMs: integerFrom(1).prefault(30_000).meta({ unit: 'ms', description: 'The longest pause.' }),
    },
    anObject,
  )
  .prefault({})
  .meta({ description: 'When a failed delivery is tried again.' })

const deadLetters = z
  .strictObject(
    {
      items: integerFrom(0)
        .prefault(10_000)
        .meta({ unit: 'events', description: 'Events that may be set aside; then delivery pauses.' }),
      bytes: bytes(0)
        .prefault('64MiB')
        .meta({ unit: 'bytes', description: 'Bytes of payload that may be set aside.' }),
    },
    anObject,
  )
  .prefault({})
  .meta({ description: 'Bounds of the events that could not be delivered.' })

const dedupe = z
  .strictObject(
    {
      windowMs: milliseconds()
        .prefault(600_000)
        .meta({ unit: 'ms', description: 'How long the id of an event is remembered.' }),
      maxKeys: integerFrom(0)
        .prefault(100_000)
        .meta({ unit: 'ids', description: 'How many ids are remembered, about 200 bytes each.' }),
    },
    anObject,
  )
  .prefault({})
  .meta({ description: 'Bounds within which an event sent twice is taken once.' })

const concurrency = z
  .union(
    [
      integerFrom(1),
      z.strictObject({
        min: integerFrom(1).meta({ unit: 'events', description: 'At least so many.' }),
        max: integerFrom(1).meta({ unit: 'events', description: 'At most so many.' }),
      }),
    ],
    { error: 'an integer of at least 1, or { min, max } to learn it' },
  )
  .optional()
  .meta({
    unit: 'events',
    description:
      'Events that are being delivered at once: a number, or { min, max } to learn it. Left out: 1024 for file and stdout, which write them together, { min: 1, max: 64 } for others, and with `batch` one to eight batches.',
  })

const batch = z
  .strictObject(
    {
      size: integerFrom(1).meta({ unit: 'events', description: 'Events in one batch.' }),
      intervalMs: integerFrom(1)
        .prefault(1000)
        .meta({ unit: 'ms', description: 'How long the first event of a batch waits for others.' }),
      maxBytes: bytes(1).prefault('512KiB').meta({
        unit: 'bytes',
        description: 'Bytes of payload in one batch. A larger event goes alone.',
      }),
    },
    anObject,
  )
  .optional()
  .meta({
    description:
      'Events are given to the sink together. What it refuses for good is given again in halves, until the events that it refuses are alone.',
  })

const rate = z
  .strictObject(
    {
      ratePerSecond,
      burst: integerFrom(1).optional().meta({
        unit: 'events',
        description:
          'How many may start at once after a pause; 20 ms worth of the rate, at least 1, when left out.',
      }),
    },
    anObject,
  )
  .transform(({ ratePerSecond, burst = Math.ceil(ratePerSecond * BURST_S) }) => ({ ratePerSecond, burst }))
  .optional()
  .meta({ description: 'Holds the delivery to a rate.' })

const ingress = z
  .strictObject(
    {
      ratePerSecond,
      burst: integerFrom(1).meta({
        unit: 'events',
        description: 'How many may arrive at once after a pause; the largest batch too.',
      }),
    },
    anObject,
  )
  .optional()
  .meta({ description: 'Refuses what arrives above a rate, with 429.' })

const stream = z.strictObject(
  {
    class: oneOf('critical', 'best-effort').meta({
      description:
        'Whether events may be lost: `critical` is on the disk or a broker, makes senders wait, and drops nothing.',
    }),
    store: oneOf('memory', 'disk', 'jetstream').optional().meta({
      description:
        'Where events wait; on `jetstream` several gateways share them. Left out: `disk` for critical, `memory` for best-effort.',
    }),
    window,
    backlog,
    whenFull: oneOf('block', 'reject', 'drop-oldest').optional().meta({
      description:
        'What happens at the bound: newcomers wait (`block`, as always when critical), are refused at once (`reject`), or push out the oldest (`drop-oldest`).',
    }),
    enqueueTimeoutMs: milliseconds().prefault(100).meta({
      unit: 'ms',
      description:
        'How long a request waits, with `block`: for places, and for the acknowledgement of a broker.',
    }),
    maxWaiting: integerFrom(0).prefault(1024).meta({
      unit: 'requests',
      description: 'Requests that may wait, with `block`; of several tenants, one alone gets half.',
    }),
    concurrency,
    retry,
    deadLetters,
    orderBy: z
      .string({ error: 'a JSON pointer, as /customer/id' })
      .regex(/^(\/([^~/]|~[01])*)+$/, { error: 'a JSON pointer, as /customer/id' })
      .optional()
      .meta({ description: 'Where the key stands in a payload; events of one key are delivered in order.' }),
    dedupe,
    batch,
    rate,
    ingress,
    verify: verifySettings.optional().meta({
      description: 'Takes only what its sender has signed; everything else is refused with 401.',
    }),
    sink: sinkSettings,
  },
  anObject,
)

type Given = z.output<typeof stream>

/** One stream: checked, with every default filled in. */
export const streamSettings: z.ZodType<StreamSettings, unknown> = stream.superRefine(check).transform(resolve)

function check(given: Given, context: z.RefinementCtx): void {
  const refuse = (key: keyof Given, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message })
  }
  checkLoss(given, refuse)
  const { concurrency, batch, sink } = given
  const most = typeof concurrency === 'object' ? concurrency.max : concurrency
  if (typeof concurrency === 'object' && concurrency.min > concurrency.max) {
    refuse('concurrency', 'bounds with a min of at most max')
  }
  if (sink.type === 'http' && sink.format !== undefined && !batch) {
    const message = 'left out without batch: alone, an event is sent as it came'
    context.addIssue({ code: 'custom', path: ['sink', 'format'], message })
  }
  if (batch && most !== undefined && most < batch.size) {
    refuse('concurrency', `at least batch.size (${batch.size}), or a batch would never fill`)
  }
}

/** What can lose events is no critical stream; what has no bound is no stream at all. */
function checkLoss(given: Given, refuse: (key: keyof Given, message: string) => void): void {
  const isCritical = given.class === 'critical'
  if (isCritical && given.store === 'memory') {
    refuse(
      'store',
      'disk or jetstream on a critical stream: memory is lost with the process (or declare class: best-effort)',
    )
  }
  if (isCritical && (given.whenFull ?? 'block') !== 'block') {
    refuse('whenFull', 'block on a critical stream, which never drops (or declare class: best-effort)')
  }
  if (!isCritical && given.whenFull === undefined) {
    refuse('whenFull', 'one of block, reject, drop-oldest')
  }
  const store = given.store ?? defaultStore(given)
  if (store !== 'memory' && !given.backlog) {
    const where = store === 'disk' ? 'stored on the disk' : 'kept by a broker'
    refuse('backlog', `an object with items, bytes and maxAgeMs when events are ${where}`)
  }
  if (store === 'jetstream' && given.whenFull === 'drop-oldest') {
    refuse('whenFull', 'block or reject with jetstream, where the oldest are other gateways’ too')
  }
  if (store === 'memory' && given.backlog) {
    refuse('backlog', 'left out when events are in memory, where the window is all there is')
  }
}

function defaultStore(given: Pick<Given, 'class'>): 'memory' | 'disk' {
  return given.class === 'critical' ? 'disk' : 'memory'
}

function resolve(given: Given): StreamSettings {
  return {
    ...given,
    store: given.store ?? defaultStore(given),
    backlog: given.backlog ?? { ...given.window, maxAgeMs: Number.POSITIVE_INFINITY },
    whenFull: given.whenFull ?? 'block',
    concurrency: given.concurrency ?? defaultConcurrency(given),
  }
}

function defaultConcurrency({ sink, batch }: Given): ConcurrencySettings {
  if (sink.type === 'file' || sink.type === 'stdout') return Math.max(LOCAL_CONCURRENCY, batch?.size ?? 0)
  if (!batch) return REMOTE_CONCURRENCY
  return { min: batch.size, max: REMOTE_BATCHES * batch.size }
}
