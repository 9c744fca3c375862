/**
 * The metrics of a queue: a `Processor` or a `Collector`.
 *
 * Floor 5: imports `insight`, `telemetry`, `work`.
 */
import type { Verdict } from '../insight/diagnosis.ts'
import type { CollectorStats } from '../work/collector.ts'
import type { LedgerSnapshot } from '../work/ledger.ts'
import type { ProcessorStats } from '../work/processor.ts'
import { counter, gauge, type HistogramRow, type MetricRow, type RowBody } from './metric-row.ts'

/** The statistics of a queue: what both kinds have, and what one of them may have. */
export type QueueStats = LedgerSnapshot &
  Pick<ProcessorStats & CollectorStats, 'capacity' | 'weight' | 'waitingCallers' | 'closed'> &
  Partial<ProcessorStats & CollectorStats>

type Read = RowBody<QueueStats>

const total = (name: string, help: string, read: Read['read']): MetricRow<QueueStats> =>
  counter('queue', { name, help, read })
const now = (name: string, help: string, read: Read['read']): MetricRow<QueueStats> =>
  gauge('queue', { name, help, read })
/** Every verdict. */
const VERDICTS: Readonly<Record<Verdict, 0>> = {
  healthy: 0,
  'queue-too-small': 0,
  'consumer-too-slow': 0,
  'inbound-above-capacity': 0,
  stalled: 0,
}

/** Every metric of a queue. */
export const QUEUE_METRICS: readonly MetricRow<QueueStats>[] = [
  total('received', 'Items that were submitted.', ({ stats }) => stats.received),
  total('accepted', 'Items that got a place.', ({ stats }) => stats.accepted),
  counter('queue', {
    name: 'refused',
    label: 'reason',
    help: 'Items that got no place, by code.',
    read: ({ stats }) => stats.refused,
  }),
  total(
    'abandoned',
    'Items whose caller gave up while they waited for a place.',
    ({ stats }) => stats.abandoned,
  ),
  now('waiting', 'Items that wait for a place.', ({ stats }) => stats.waiting),
  now('waiting_callers', 'Callers that wait for a place.', ({ stats }) => stats.waitingCallers),
  total('delivered', 'Items whose handler succeeded.', ({ stats }) => stats.delivered),
  counter('queue', {
    name: 'evicted',
    label: 'reason',
    help: 'Items that were accepted, then removed unhandled.',
    read: ({ stats }) => stats.evicted,
  }),
  total('failed', 'Items that failed for good, after their last attempt.', ({ stats }) => stats.failed),
  total('purged', 'Items that were removed by hand.', ({ stats }) => stats.purged),
  now('depth', 'Items that are queued.', ({ stats }) => stats.queued),
  now('capacity', 'Items that may be queued.', ({ stats }) => stats.capacity),
  now('weight', 'What the queued items weigh together.', ({ stats }) => stats.weight),
  now('in_flight', 'Items that are being handled.', ({ stats }) => stats.inFlight),
  now('retrying', 'Items that wait for their next attempt.', ({ stats }) => stats.retrying),
  now(
    'concurrency',
    'Items that may be handled at the same time; Processor only.',
    ({ stats }) => stats.concurrency,
  ),
  now(
    'stragglers',
    'Handlers past twice their timeout that have not settled; Processor only.',
    ({ stats }) => stats.stragglers,
  ),
  now(
    'service_rate',
    'Items a second that the workers can complete; Processor only, absent below 20 samples.',
    ({ stats }) => stats.ratePerSecond,
  ),
  total('flushes', 'Attempts to flush a batch; Collector only.', ({ stats }) => stats.flushes),
  now('paused', '1 while paused; Processor only.', ({ stats }) => flag(stats.paused)),
  now('closed', '1 once closed.', ({ stats }) => flag(stats.closed)),
  gauge('queue', {
    name: 'diagnosis',
    label: 'verdict',
    help: '1 for the verdict on the last two minutes, 0 for the others.',
    read: ({ diagnosis }) => diagnosis && { ...VERDICTS, [diagnosis.verdict]: 1 },
  }),
  gauge('queue', {
    name: 'diagnosis_share',
    label: 'cause',
    help: 'The share of the drops that each cause explains; all 0 when healthy.',
    read: ({ diagnosis }) => diagnosis?.shares,
  }),
  now(
    'diagnosis_confidence',
    'How sure the verdict is, from 0 to 1.',
    ({ diagnosis }) => diagnosis?.confidence,
  ),
]

const histogram = (name: HistogramRow['name'], help: string): HistogramRow => ({
  group: 'queue',
  name,
  kind: 'histogram',
  unit: 'seconds',
  help,
})

/** Every histogram of a queue. */
export const QUEUE_HISTOGRAMS: readonly HistogramRow[] = [
  histogram('wait', 'Time from an item’s place to its start; Processor only, a sample of short ones.'),
  histogram('service', 'Time of a handler; Processor only, a sample of short ones.'),
  histogram('flush', 'Time of an attempt to flush a batch; Collector only.'),
]

function flag(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}
