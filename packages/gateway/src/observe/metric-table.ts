/**
 * The table of metrics: name, labels, meaning, and where each figure is
 * read. `docs/reference/gateway-metrics.md` is compared with it by a test.
 *
 * Pure; imports `snapshot`.
 */
import type { TimeBuckets } from './accept-times.ts'
import type { RequestCounts } from './request-ledger.ts'
import type { ObservedSharedRates, Snapshot, StreamSnapshot } from './snapshot.ts'

/** What every name begins with. */
export const NAMESPACE = 'spillway'
/** The value of the label `stream` for requests that name none. */
const ASTRAY = '-'

/** One figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric: a number for each set of labels. */
export interface NumberRow {
  /** Without the namespace. A counter's ends in `_total`, every other is a gauge. */
  readonly name: string
  readonly labels: readonly string[]
  readonly help: string
  readonly read: (snapshot: Snapshot) => readonly Sample[]
}

/** A histogram for each stream. */
export interface HistogramRow extends Pick<NumberRow, 'name' | 'labels' | 'help'> {
  readonly readBuckets: (stream: StreamSnapshot) => TimeBuckets
}

/** One metric. */
export type MetricRow = NumberRow | HistogramRow

/** What kind of metric a row is. */
export function kindOf(row: MetricRow): 'counter' | 'gauge' | 'histogram' {
  if ('readBuckets' in row) return 'histogram'
  return row.name.endsWith('_total') ? 'counter' : 'gauge'
}

const STREAM = ['stream'] as const

/** Every metric of the gateway. */
export const METRICS: readonly MetricRow[] = [
  perLedger('requests_received_total', 'Requests that came in.', ({ received }) => received),
  perLedger('requests_accepted_total', 'Requests answered with 202.', ({ accepted }) => accepted),
  {
    name: 'requests_refused_total',
    labels: ['stream', 'reason', 'phase'],
    help: 'Requests that were refused, by code; early: on their headers, late: after body or wait.',
    read: refusedRequests,
  },
  perLedger(
    'requests_abandoned_total',
    'Requests whose client left before it had an answer.',
    ({ abandoned }) => abandoned,
  ),
  perLedger('requests_waiting', 'Requests that have no answer yet.', ({ waiting }) => waiting),
  {
    name: 'accept_seconds',
    labels: STREAM,
    help: 'From the arrival of a request to its 202; feeds, which last as long as their senders like, left out.',
    readBuckets: ({ acceptBuckets }) => acceptBuckets,
  },
  perStream('events_accepted_total', 'Events that were taken.', ({ events }) => events.accepted),
  perStream(
    'events_recovered_total',
    'Events that the start found, dead letters among them; of a shared stream also what others brought since.',
    ({ events }) => events.recovered,
  ),
  perStream(
    'events_duplicates_total',
    'Events that had been taken before; part of no sum.',
    ({ events }) => events.duplicates,
  ),
  perStream('events_delivered_total', 'Events that reached their sink.', ({ events }) => events.delivered),
  {
    name: 'events_evicted_total',
    labels: ['stream', 'reason'],
    help: 'Events that were taken, then removed undelivered.',
    read: evictedEvents,
  },
  perStream('events_failed_total', 'Events lost by damage to the store.', ({ events }) => events.failed),
  perStream(
    'events_refused_total',
    'Events that found no place, of requests that were taken in part; part of no sum.',
    ({ refusedEvents }) => refusedEvents,
  ),
  perStream('events_purged_total', 'Events that were removed by hand.', ({ events }) => events.purged),
  perStream(
    'events_handed_over_total',
    'Events of a shared stream that other gateways delivered, set aside, put back or purged.',
    ({ events }) => events.handedOver,
  ),
  perStream('events_dead_lettered', 'Events that are set aside.', ({ events }) => events.deadLettered),
  perStream('events_queued', 'Events that wait for delivery.', ({ events }) => events.queued),
  perStream('events_in_flight', 'Events that are being delivered.', ({ events }) => events.inFlight),
  perStream('events_retrying', 'Events that wait for their next attempt.', ({ events }) => events.retrying),
  perStream('queue_capacity', 'Events that may be kept.', ({ settings }) => settings.backlog.items),
  perStream('queue_bytes', 'Bytes of payload that are kept.', ({ stored }) => stored.bytes),
  perStream(
    'queue_capacity_bytes',
    'Bytes of payload that may be kept.',
    ({ settings }) => settings.backlog.bytes,
  ),
  perStream(
    'oldest_event_age_seconds',
    'Age of the oldest event that is not delivered; 0 when there is none.',
    ({ oldestAgeMs = 0 }) => oldestAgeMs / 1000,
  ),
  perStream(
    'dead_letters_capacity',
    'Events that may be set aside; then delivery stands still.',
    ({ settings }) => settings.deadLetters.items,
  ),
  {
    name: 'delivery_paused',
    labels: ['stream', 'reason'],
    help: '1 while delivery stands still for this reason: operator, dead-letters-full or sink.',
    read: pausedStreams,
  },
  perStream(
    'delivery_concurrency',
    'Events that may be delivered at once now.',
    ({ workers }) => workers.concurrency,
  ),
  perStream(
    'delivery_rate_limit',
    'Events a second that delivery is held to; +Inf for no bound.',
    ({ changeable }) => changeable.rate?.ratePerSecond ?? Number.POSITIVE_INFINITY,
  ),
  perStream(
    'ingress_rate_limit',
    'Events a second above which requests get 429; +Inf for no bound.',
    ({ changeable }) => changeable.ingress?.ratePerSecond ?? Number.POSITIVE_INFINITY,
  ),
  perStream('window_capacity', 'Events in memory.', ({ changeable }) => changeable.windowItems),
  perStream(
    'queue_wait_p99_seconds',
    'From the window to the start of delivery: 99th percentile of 10 s.',
    ({ workers }) => workers.sojournP99Ms / 1000,
  ),
  perStream(
    'delivery_p99_seconds',
    'Time of one delivery: 99th percentile of 10 s.',
    ({ workers }) => workers.serviceP99Ms / 1000,
  ),
  perStream(
    'delivery_p50_seconds',
    'Time of one delivery: median of 10 s.',
    ({ workers }) => workers.serviceP50Ms / 1000,
  ),
  perStream('sink_failures_total', 'Deliveries that failed.', ({ sinkFailures }) => sinkFailures),
  perStream(
    'sink_consecutive_failures',
    'Deliveries that failed since the last one that did not.',
    ({ sink }) => sink.consecutiveFailures,
  ),
  perStream(
    'sink_last_success_timestamp_seconds',
    'When an event was last delivered, since 1970; 0 for never.',
    ({ sink }) => (sink.lastSuccessAtMs ?? 0) / 1000,
  ),
  {
    name: 'diagnosis',
    labels: ['stream', 'verdict'],
    help: '1 for what the stream is now: healthy, queue-too-small, consumer-too-slow, inbound-above-capacity or stalled.',
    read: diagnoses,
  },
  perStream(
    'problems',
    'Problems of the stream that an operator must see to.',
    ({ problems }) => problems.length,
  ),
  whole(
    'memory_bytes',
    'Anonymous memory of the process where the system tells, else its resident memory.',
    ({ memoryBytes }) => memoryBytes,
  ),
  whole(
    'body_bytes',
    'Bytes of bodies in memory whose events have no places yet.',
    ({ bodyBytes }) => bodyBytes,
  ),
  ofSharedRates('redis_away', '1 while the Redis of the tenants’ rates cannot be asked.', ({ isAway }) =>
    isAway ? 1 : 0,
  ),
  ofSharedRates('redis_calls_total', 'Questions about the tenants’ rates.', ({ calls }) => calls),
  ofSharedRates(
    'redis_failures_total',
    'Questions about the tenants’ rates that failed, or had no answer in time.',
    ({ failures }) => failures,
  ),
  ofSharedRates(
    'redis_undecided_total',
    'Decisions about tenants’ rates that were made as redis.whenAway says, because it was away.',
    ({ unavailable }) => unavailable,
  ),
  whole('ready', '1 while events are taken, 0 when stopping.', ({ isReady }) => (isReady ? 1 : 0)),
]

function perStream(name: string, help: string, read: (stream: StreamSnapshot) => number): NumberRow {
  return {
    name,
    labels: STREAM,
    help,
    read: ({ streams }) => streams.map((each) => ({ labels: { stream: each.name }, value: read(each) })),
  }
}

function perLedger(name: string, help: string, read: (counts: RequestCounts) => number): NumberRow {
  return {
    name,
    labels: STREAM,
    help,
    read: (snapshot) =>
      ledgers(snapshot).map(([stream, counts]) => ({ labels: { stream }, value: read(counts) })),
  }
}

function whole(name: string, help: string, read: (snapshot: Snapshot) => number): NumberRow {
  return { name, labels: [], help, read: (snapshot) => [{ labels: {}, value: read(snapshot) }] }
}

/** Nothing where no rates are shared. */
function ofSharedRates(name: string, help: string, read: (rates: ObservedSharedRates) => number): NumberRow {
  const samples = ({ sharedRates }: Snapshot): readonly Sample[] =>
    sharedRates ? [{ labels: {}, value: read(sharedRates) }] : []
  return { name, labels: [], help, read: samples }
}

function refusedRequests(snapshot: Snapshot): readonly Sample[] {
  return ledgers(snapshot).flatMap(([stream, { refused }]) => {
    return refused.map(({ code, phase, count }) => ({
      labels: { stream, reason: code, phase },
      value: count,
    }))
  })
}

/** The only reason there is: it made room for a newer one. */
function evictedEvents({ streams }: Snapshot): readonly Sample[] {
  return streams.map(({ name, events }) => ({
    labels: { stream: name, reason: 'full' },
    value: events.evicted,
  }))
}

function pausedStreams({ streams }: Snapshot): readonly Sample[] {
  return streams.flatMap(({ name, paused }) =>
    ['operator', 'dead-letters-full', 'sink'].map((reason) => ({
      labels: { stream: name, reason },
      value: paused.includes(reason) ? 1 : 0,
    })),
  )
}

const VERDICTS = ['healthy', 'queue-too-small', 'consumer-too-slow', 'inbound-above-capacity', 'stalled']

function diagnoses({ streams }: Snapshot): readonly Sample[] {
  return streams.flatMap(({ name, diagnosis }) =>
    VERDICTS.map((verdict) => ({
      labels: { stream: name, verdict },
      value: diagnosis.verdict === verdict ? 1 : 0,
    })),
  )
}

function ledgers({
  streams,
  astray,
}: Snapshot): readonly (readonly [stream: string, counts: RequestCounts])[] {
  return [...streams.map(({ name, requests }) => [name, requests] as const), [ASTRAY, astray]]
}
