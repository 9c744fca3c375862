/**
 * What one stream of the gateway is on JetStream: four streams there and a
 * consumer, as they are created, and as they are compared with those that
 * exist already.
 *
 *   <prefix>_<name>            the backlog: a work queue that refuses when full
 *   <prefix>_<name>_DEAD       dead letters
 *   <prefix>_<name>_IDS        the ids of the dedupe window; the oldest go first
 *   <prefix>_<name>_PROGRESS   what is done of a batch; the oldest go first
 *
 * Pure; imports `store`, `config`.
 */
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream'
import type { JetStreamSettings } from '../../config/nats-settings.ts'
import type { StreamOptions } from '../store.ts'

/** Envelope, headers and the broker's own of one event: so much is allowed for beside its payload. */
const OVERHEAD_BYTES = 512
const NANOS_PER_MS = 1_000_000
/** The broker remembers ids to close the gap in which gateways have not told each other yet; we remember the rest. */
const MAX_BROKER_WINDOW_MS = 120_000
const MIN_BROKER_WINDOW_MS = 100

const UNBOUNDED = -1

/** The bounds that the gateway's options ask for. */
export type PlanOptions = Pick<StreamOptions, 'backlog' | 'deadLetters'> & {
  readonly dedupe: { readonly windowMs: number; readonly maxKeys: number }
}

/** A stream as it should be. */
export type StreamWish = Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'>

/** A consumer as it should be. */
export type ConsumerWish = Partial<ConsumerConfig> & { readonly durable_name: string }

/** Names, and what is behind them. */
export interface StreamPlan {
  readonly backlog: StreamWish
  readonly dead: StreamWish
  readonly ids: StreamWish
  readonly progress: StreamWish
  /** By which all gateways take batches; of a stream in order, the one whose turn it is. */
  readonly consumer: ConsumerWish
  readonly subjects: {
    readonly backlog: string
    readonly dead: string
    readonly ids: string
    /** Of a batch. */
    progress(batch: string): string
    /** Whose turn it is, on the stream of progress. */
    readonly turn: string
    /** Outside of JetStream: there is something new. */
    readonly wake: string
  }
}

/** What the stream `name` of the gateway is there. */
export function planStream(name: string, options: PlanOptions, settings: JetStreamSettings): StreamPlan {
  // A dot would be a boundary in a subject, and is not allowed in a name.
  const token = name.replaceAll('.', '=')
  const subject = `${settings.prefix}.${token}`
  const stream = `${settings.prefix}_${token}`
  const kept = { storage: 'file', num_replicas: settings.replicas, max_age: 0 } as const
  const { backlog, deadLetters, dedupe } = options
  return {
    backlog: {
      ...kept,
      ...backlogLimits(backlog),
      name: stream,
      subjects: [`${subject}.event`],
      retention: 'workqueue',
      discard: 'new',
      duplicate_window: brokerWindowMs(dedupe.windowMs) * NANOS_PER_MS,
    },
    dead: {
      ...kept,
      max_msgs: boundOf(Math.max(1, deadLetters.items)),
      max_bytes: bytesOf(deadLetters),
      name: `${stream}_DEAD`,
      subjects: [`${subject}.dead`],
      retention: 'limits',
      discard: 'new',
    },
    ids: {
      ...kept,
      max_msgs: boundOf(Math.max(1, dedupe.maxKeys)),
      max_msgs_per_subject: 1,
      name: `${stream}_IDS`,
      subjects: [`${subject}.ids.*`],
      retention: 'limits',
      discard: 'old',
    },
    progress: {
      ...kept,
      max_msgs: settings.maxUnacknowledged,
      max_msgs_per_subject: 1,
      name: `${stream}_PROGRESS`,
      subjects: [`${subject}.progress.*`],
      retention: 'limits',
      discard: 'old',
    },
    consumer: {
      durable_name: 'gateways',
      ack_policy: 'explicit',
      ack_wait: settings.takeOverMs * NANOS_PER_MS,
      max_ack_pending: settings.maxUnacknowledged,
      deliver_policy: 'all',
    },
    subjects: {
      backlog: `${subject}.event`,
      dead: `${subject}.dead`,
      ids: `${subject}.ids`,
      progress: (batch) => `${subject}.progress.${batch}`,
      turn: `${subject}.progress.turn`,
      wake: `${subject}.wake`,
    },
  }
}

/** The broker's bounds of a backlog. */
export function backlogLimits(
  backlog: StreamOptions['backlog'],
): Pick<StreamConfig, 'max_msgs' | 'max_bytes'> {
  return { max_msgs: boundOf(backlog.items), max_bytes: bytesOf(backlog) }
}

/** How what exists differs from what should be: one clause for each setting, none when it will do. */
export function contradictions(found: Readonly<Record<string, unknown>>, wish: object): readonly string[] {
  return Object.entries(wish).flatMap(([key, wanted]) => {
    const is = JSON.stringify(found[key] ?? defaultOf(wanted))
    const should = JSON.stringify(wanted)
    return is === should ? [] : [`${key} is ${is} and should be ${should}`]
  })
}

function bytesOf({ items, bytes }: { readonly items: number; readonly bytes: number }): number {
  return boundOf(bytes + items * OVERHEAD_BYTES)
}

function boundOf(count: number): number {
  return Number.isFinite(count) ? Math.min(count, Number.MAX_SAFE_INTEGER) : UNBOUNDED
}

function brokerWindowMs(windowMs: number): number {
  return Math.min(MAX_BROKER_WINDOW_MS, Math.max(MIN_BROKER_WINDOW_MS, Math.ceil(windowMs)))
}

/** What is left out of an answer is zero. */
function defaultOf(wanted: unknown): unknown {
  return typeof wanted === 'number' ? 0 : undefined
}
