/**
 * What one stream of the gateway is on JetStream: four or five streams there
 * and their consumers, as they are created, and as they are compared with
 * those that exist already.
 *
 *   <prefix>_<name>            the backlog: a work queue that refuses when full
 *   <prefix>_<name>_DEAD       dead letters
 *   <prefix>_<name>_IDS        the ids of the dedupe window; the oldest go first
 *   <prefix>_<name>_PROGRESS   what is done of a batch; the oldest go first
 *   <prefix>_<name>_DOUBTS     batches that are being stored in parts; only of a stream in order
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
/** The most that the note of an id takes, and the least that a stream of them may have. */
const [ID_BYTES, LEAST_BYTES] = [256, 2 ** 20]
const PROGRESS_BYTES = 16 * 2 ** 20
/** The most that a note of a batch in parts takes, and how many there may be: of many gateways, and of some that ended. */
const [DOUBT_BYTES, MAX_DOUBTS] = [256, 65_536]
/** Stands for the name of the batch in the subject of one that is whole. */
const WHOLE = 'whole'

/** The bounds that the gateway's options ask for. */
export type PlanOptions = Pick<StreamOptions, 'backlog' | 'deadLetters' | 'isOrdered'> & {
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
  /** Only of a stream in order. */
  readonly doubts: StreamWish | undefined
  /** By which all gateways take batches; of a stream in order one for each partition, for whose turn it is. */
  readonly consumers: readonly ConsumerWish[]
  readonly subjects: {
    /** Of a batch, or of its part; one for all but of a stream in order. */
    backlog(partition: number, partOf?: string): string
    readonly dead: string
    readonly ids: string
    /** Of a batch. */
    progress(batch: string): string
    doubt(batch: string): string
    /** Whose turn it is with a partition, on the stream of progress. */
    turn(partition: number): string
    /** Outside of JetStream: there is something new. */
    readonly wake: string
    /** Outside of JetStream: who is there. */
    readonly here: string
  }
}

/** What the stream `name` of the gateway is there. */
export function planStream(name: string, options: PlanOptions, settings: JetStreamSettings): StreamPlan {
  // A dot would be a boundary in a subject, and is not allowed in a name.
  const token = name.replaceAll('.', '=')
  const subject = `${settings.prefix}.${token}`
  const stream = `${settings.prefix}_${token}`
  const layout = options.isOrdered ? partitioned(subject, settings) : undivided(subject, settings)
  return {
    backlog: { ...backlogOf(options, settings), name: stream, subjects: [layout.subjects] },
    dead: { ...deadOf(options, settings), name: `${stream}_DEAD`, subjects: [`${subject}.dead`] },
    ids: { ...idsOf(options, settings), name: `${stream}_IDS`, subjects: [`${subject}.ids.*`] },
    progress: { ...progressOf(settings), name: `${stream}_PROGRESS`, subjects: [`${subject}.progress.*`] },
    doubts: options.isOrdered
      ? { ...doubtsOf(settings), name: `${stream}_DOUBTS`, subjects: [`${subject}.doubt.*`] }
      : undefined,
    consumers: layout.consumers,
    subjects: {
      backlog: layout.subjectOf,
      dead: `${subject}.dead`,
      ids: `${subject}.ids`,
      progress: (batch) => `${subject}.progress.${batch}`,
      doubt: (batch) => `${subject}.doubt.${batch}`,
      turn: (partition) => `${subject}.progress.turn-${partition}`,
      wake: `${subject}.wake`,
      here: `${subject}.here`,
    },
  }
}

/** How the messages of a backlog are told apart, and who takes which. */
interface Layout {
  readonly subjects: string
  readonly consumers: readonly ConsumerWish[]
  readonly subjectOf: StreamPlan['subjects']['backlog']
}

function undivided(subject: string, settings: JetStreamSettings): Layout {
  const subjects = `${subject}.event`
  const consumers = [consumerOf('gateways', settings.maxUnacknowledged, settings)]
  return { subjects, consumers, subjectOf: () => subjects }
}

/** The number of partitions is part of each subject: where it differs, the streams do. */
function partitioned(subject: string, settings: JetStreamSettings): Layout {
  const { partitions, maxUnacknowledged } = settings
  const [stem, most] = [`${subject}.event.${partitions}`, Math.ceil(maxUnacknowledged / partitions)]
  return {
    subjects: `${stem}.*.*`,
    consumers: Array.from({ length: partitions }, (_, partition) => ({
      ...consumerOf(`partition-${partition}`, most, settings),
      filter_subject: `${stem}.${partition}.*`,
    })),
    subjectOf: (partition, partOf = WHOLE) => `${stem}.${partition}.${partOf}`,
  }
}

function consumerOf(
  name: string,
  maxUnacknowledged: number,
  { takeOverMs }: JetStreamSettings,
): ConsumerWish {
  return {
    durable_name: name,
    ack_policy: 'explicit',
    ack_wait: takeOverMs * NANOS_PER_MS,
    max_ack_pending: maxUnacknowledged,
    deliver_policy: 'all',
  }
}

type Limits = Omit<StreamWish, 'name' | 'subjects'>

function backlogOf({ backlog, dedupe }: PlanOptions, settings: JetStreamSettings): Limits {
  return {
    ...kept(settings),
    ...backlogLimits(backlog),
    retention: 'workqueue',
    discard: 'new',
    duplicate_window: brokerWindowMs(dedupe.windowMs) * NANOS_PER_MS,
  }
}

function deadOf({ deadLetters }: PlanOptions, settings: JetStreamSettings): Limits {
  return {
    ...kept(settings),
    max_msgs: boundOf(Math.max(1, deadLetters.items)),
    max_bytes: bytesOf(deadLetters),
    retention: 'limits',
    discard: 'new',
  }
}

/** A message tells the ids of a whole append: bytes bound what messages don't. */
function idsOf({ dedupe }: PlanOptions, settings: JetStreamSettings): Limits {
  const ids = Math.max(1, dedupe.maxKeys)
  return {
    ...kept(settings),
    max_msgs: boundOf(ids),
    max_bytes: boundOf(Math.max(LEAST_BYTES, ids * ID_BYTES)),
    max_msgs_per_subject: 1,
    retention: 'limits',
    discard: 'old',
  }
}

/** A note goes when its batch is done with; there is room for those that nobody took away. */
function progressOf(settings: JetStreamSettings): Limits {
  return {
    ...kept(settings),
    max_msgs: 2 * settings.maxUnacknowledged,
    max_bytes: PROGRESS_BYTES,
    max_msgs_per_subject: 1,
    retention: 'limits',
    discard: 'old',
  }
}

/** None is ever pushed out: a batch of which there is no note is a whole one. */
function doubtsOf(settings: JetStreamSettings): Limits {
  return {
    ...kept(settings),
    max_msgs: MAX_DOUBTS,
    max_bytes: MAX_DOUBTS * DOUBT_BYTES,
    max_msgs_per_subject: 1,
    retention: 'limits',
    discard: 'new',
  }
}

function kept({ replicas }: JetStreamSettings): Limits {
  return { storage: 'file', num_replicas: replicas, max_age: 0 }
}

/** The broker's bounds of a backlog. */
export function backlogLimits(
  backlog: StreamOptions['backlog'],
): Pick<StreamConfig, 'max_msgs' | 'max_bytes'> {
  return { max_msgs: boundOf(backlog.items), max_bytes: bytesOf(backlog) }
}

/** Into how many partitions the subjects of a backlog divide it; `undefined` when into none. */
export function partitionsIn(subjects: readonly string[] | undefined): number | undefined {
  const [, count] = /\.event\.(\d+)\.\*\.\*$/.exec(subjects?.[0] ?? '') ?? []
  return count === undefined ? undefined : Number(count)
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
