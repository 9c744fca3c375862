/**
 * The metrics of limiters: `RateLimiter`, `KeyedRateLimiter` and `ConcurrencyLimiter`.
 *
 * Floor 5: imports `concurrency`, `rate`, `telemetry`.
 */
import type { LimiterStats as ConcurrencyStats } from '../concurrency/limiter-ledger.ts'
import type { KeyedRateStats } from '../rate/keyed-rate-limiter.ts'
import { counter, gauge, type MetricRow, type RowBody } from './metric-row.ts'

/** The statistics of a limiter: what all have, and what some may have. */
export type LimiterStats = Pick<
  KeyedRateStats & ConcurrencyStats,
  'received' | 'accepted' | 'abandoned' | 'waiting'
> & {
  readonly refused: Readonly<Record<string, number>>
} & Partial<Omit<KeyedRateStats & ConcurrencyStats, 'refused'>>

type Read = RowBody<LimiterStats>['read']

const total = (name: string, help: string, read: Read): MetricRow<LimiterStats> =>
  counter('limiter', { name, help, read })
const now = (name: string, help: string, read: Read): MetricRow<LimiterStats> =>
  gauge('limiter', { name, help, read })

/** Every metric of a limiter. */
export const LIMITER_METRICS: readonly MetricRow<LimiterStats>[] = [
  total('received', 'Asks.', ({ stats }) => stats.received),
  total('accepted', 'Asks that were admitted.', ({ stats }) => stats.accepted),
  counter('limiter', {
    name: 'refused',
    label: 'reason',
    help: 'Asks that were refused, by code.',
    read: ({ stats }) => stats.refused,
  }),
  total('abandoned', 'Asks that were given up by their signal.', ({ stats }) => stats.abandoned),
  now('waiting', 'Asks that wait.', ({ stats }) => stats.waiting),
  total(
    'cancelled',
    'Admitted asks whose work never started; rate limiters only.',
    ({ stats }) => stats.cancelled,
  ),
  now('in_flight', 'What is in flight, by cost; ConcurrencyLimiter only.', ({ stats }) => stats.inFlight),
  now('limit', 'What may be in flight; ConcurrencyLimiter only.', ({ stats }) => stats.limit),
  counter('limiter', {
    name: 'ended',
    label: 'outcome',
    help: 'How admitted work ended; ConcurrencyLimiter only.',
    read: ({ stats }) => stats.ended,
  }),
  total(
    'limit_faults',
    'Samples at which the limit algorithm failed; ConcurrencyLimiter only.',
    ({ stats }) => stats.limitFaults,
  ),
  total(
    'turn_faults',
    'Turns at which the judge of turns failed; ConcurrencyLimiter only.',
    ({ stats }) => stats.turnFaults,
  ),
  now('keys', 'Keys that are remembered; KeyedRateLimiter only.', ({ stats }) => stats.keys),
  total(
    'keys_forgotten',
    'Keys forgotten with a full bucket; KeyedRateLimiter only.',
    ({ stats }) => stats.forgotten,
  ),
  total(
    'keys_evicted',
    'Keys evicted to make room, their bucket not full; KeyedRateLimiter only.',
    ({ stats }) => stats.evicted,
  ),
  total(
    'forgiven_tokens',
    'Tokens given to evicted keys; KeyedRateLimiter only.',
    ({ stats }) => stats.forgivenTokens,
  ),
]
