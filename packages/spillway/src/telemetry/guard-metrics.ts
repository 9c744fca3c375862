/**
 * The metrics of guards, and of gates in shadow mode.
 *
 * Floor 5: imports `errors`, `gate`, `http`, `telemetry`.
 */
import { OVERLOAD_CODES, type OverloadCode } from '../errors/overload-codes.ts'
import type { ShadowStats } from '../gate/shadow.ts'
import type { GuardStats } from '../http/request-ledger.ts'
import { counter, gauge, type MetricRow, type RowBody } from './metric-row.ts'

type Read = RowBody<GuardStats>['read']

const total = (name: string, help: string, read: Read): MetricRow<GuardStats> =>
  counter('guard', { name, help, read })
const now = (name: string, help: string, read: Read): MetricRow<GuardStats> =>
  gauge('guard', { name, help, read })

/** Every metric of a guard. */
export const GUARD_METRICS: readonly MetricRow<GuardStats>[] = [
  total('received', 'Requests that came in, exempt ones apart.', ({ stats }) => stats.received),
  total('accepted', 'Requests that were handed on.', ({ stats }) => stats.accepted),
  counter('guard', {
    name: 'refused',
    label: 'reason',
    help: 'Requests that were refused, by code.',
    read: ({ stats }) => everyCode(stats.refused),
  }),
  total(
    'abandoned',
    'Requests whose client left before they had leave to start.',
    ({ stats }) => stats.abandoned,
  ),
  total('failed', 'Requests that could not be judged.', ({ stats }) => stats.failed),
  now('waiting', 'Requests that wait for leave to start.', ({ stats }) => stats.waiting),
  now('in_flight', 'Requests that were handed on and are not answered yet.', ({ stats }) => stats.inFlight),
  total('exempt', 'Requests that were let through uncounted: probes.', ({ stats }) => stats.exempt),
  counter('guard', {
    name: 'would_refuse',
    label: 'reason',
    help: 'Requests handed on in shadow mode that would have been refused, by code.',
    read: ({ stats }) => everyCode(stats.wouldRefuse),
  }),
]

/** Every metric of a gate in shadow mode. */
export const SHADOW_METRICS: readonly MetricRow<ShadowStats>[] = [
  counter('shadow', {
    name: 'admitted',
    help: 'Asks that the watched gate admitted itself.',
    read: ({ stats }) => stats.admitted,
  }),
  counter('shadow', {
    name: 'would_refuse',
    label: 'reason',
    help: 'Asks that were admitted although the watched gate would have refused them, by code.',
    read: ({ stats }) => everyCode(stats.wouldRefuse),
  }),
]

/** A series for each code, from the start: a rate over a series that appears with its first event misses that event. */
function everyCode(
  counts: Readonly<Partial<Record<OverloadCode, number>>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.keys(OVERLOAD_CODES).map((code) => [code, counts[code as OverloadCode] ?? 0]),
  )
}
