/**
 * The table of metrics: name, labels, meaning, and where each figure is
 * read. `docs/reference/gateway-metrics.md` is compared with it by a test.
 *
 * Pure; imports `snapshot`.
 */
import type { RequestCounts } from './request-ledger.ts'
import type { Snapshot, StreamSnapshot } from './snapshot.ts'

/** What every name begins with. */
export const NAMESPACE = 'spillway'
/** The value of the label `stream` for requests that name none. */
const ASTRAY = '-'

/** One figure with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric. */
export interface MetricRow {
  /** Without the namespace. A counter's ends in `_total`, every other is a gauge. */
  readonly name: string
  readonly labels: readonly string[]
  readonly help: string
  readonly read: (snapshot: Snapshot) => readonly Sample[]
}

/** Whether a metric is a counter. */
export function isCounter({ name }: Pick<MetricRow, 'name'>): boolean {
  return name.endsWith('_total')
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
    'queue_wait_p99_seconds',
    'From the window to the start of delivery: 99th percentile of 10 s.',
    ({ workers }) => workers.sojournP99Ms / 1000,
  ),
  perStream(
    'delivery_p99_seconds',
    'Time of one delivery: 99th percentile of 10 s.',
    ({ workers }) => workers.serviceP99Ms / 1000,
  ),
  whole(
    'body_bytes',
    'Bytes of bodies in memory whose events have no places yet.',
    ({ bodyBytes }) => bodyBytes,
  ),
  whole('ready', '1 while events are taken, 0 when stopping.', ({ isReady }) => (isReady ? 1 : 0)),
]

function perStream(name: string, help: string, read: (stream: StreamSnapshot) => number): MetricRow {
  return {
    name,
    labels: STREAM,
    help,
    read: ({ streams }) => streams.map((each) => ({ labels: { stream: each.name }, value: read(each) })),
  }
}

function perLedger(name: string, help: string, read: (counts: RequestCounts) => number): MetricRow {
  return {
    name,
    labels: STREAM,
    help,
    read: (snapshot) =>
      ledgers(snapshot).map(([stream, counts]) => ({ labels: { stream }, value: read(counts) })),
  }
}

function whole(name: string, help: string, read: (snapshot: Snapshot) => number): MetricRow {
  return { name, labels: [], help, read: (snapshot) => [{ labels: {}, value: read(snapshot) }] }
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

function ledgers({
  streams,
  astray,
}: Snapshot): readonly (readonly [stream: string, counts: RequestCounts])[] {
  return [...streams.map(({ name, requests }) => [name, requests] as const), [ASTRAY, astray]]
}
