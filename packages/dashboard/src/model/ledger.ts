/**
 * Both ledgers of a stream as rows: every outcome has a name, is counted once,
 * and both sides agree.
 *
 * Pure; imports `rates`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import { type RefusalCount, refusalKey, type StreamRates } from './rates.ts'

/** One outcome. */
export interface LedgerRow {
  readonly label: string
  /** What it means, where the label does not say. */
  readonly note?: string
  readonly count: number
  /** How many a second; `undefined` for what is a stock and no flow, or when unknown. */
  readonly rate: number | undefined
  /** Whether it lost or refused something: shown so when above 0. */
  readonly isLoss?: boolean
}

/** One ledger: what came in, and what became of it. */
export interface Ledger {
  readonly ins: readonly LedgerRow[]
  readonly outs: readonly LedgerRow[]
  /** What the outs lack to equal the ins: 0, unless something is wrong. */
  readonly imbalance: number
}

/** received = accepted + refused + abandoned + waiting. */
export function requestLedger({ requests }: StreamState, rates: StreamRates | undefined): Ledger {
  const refused = requests.refused.map((refusal) => ({
    label: `refused: ${reasonOf(refusal)}`,
    note: `${refusal.code}, ${refusal.phase === 'early' ? 'before the body was read' : 'after the body was read'}`,
    count: refusal.count,
    rate: rates && (rates.refusedByReason.get(refusalKey(refusal)) ?? 0),
    isLoss: true,
  }))
  return balanced(
    [{ label: 'received', count: requests.received, rate: rates?.offeredRequests }],
    [
      { label: 'accepted', note: '202', count: requests.accepted, rate: rates?.acceptedRequests },
      ...refused.toSorted((a, b) => b.count - a.count),
      {
        label: 'abandoned',
        note: 'the client left before its answer',
        count: requests.abandoned,
        rate: rates?.abandonedRequests,
        isLoss: true,
      },
      { label: 'waiting', note: 'now', count: requests.waiting, rate: undefined },
    ],
  )
}

/** accepted + recovered = delivered + evicted + failed + deadLettered + purged + handedOver + queued + inFlight + retrying. */
export function eventLedger({ events }: StreamState, rates: StreamRates | undefined): Ledger {
  return balanced(
    [
      { label: 'accepted', count: events.accepted, rate: rates?.acceptedEvents },
      { label: 'recovered', note: 'found at the start', count: events.recovered, rate: undefined },
    ],
    [
      { label: 'delivered', count: events.delivered, rate: rates?.deliveredEvents },
      {
        label: 'evicted',
        note: 'pushed out by newer ones',
        count: events.evicted,
        rate: rates?.evictedEvents,
        isLoss: true,
      },
      {
        label: 'failed',
        note: 'lost by damage to the store',
        count: events.failed,
        rate: rates?.failedEvents,
        isLoss: true,
      },
      { label: 'dead letters', note: 'now', count: events.deadLettered, rate: undefined, isLoss: true },
      { label: 'purged', note: 'by an operator', count: events.purged, rate: rates?.purgedEvents },
      ...handedOver(events.handedOver),
      { label: 'queued', note: 'now', count: events.queued, rate: undefined },
      { label: 'in flight', note: 'now', count: events.inFlight, rate: undefined },
      { label: 'waiting for a retry', note: 'now', count: events.retrying, rate: undefined },
    ],
  )
}

/** Of a stream that several gateways share. */
function handedOver(count: number): readonly LedgerRow[] {
  return count === 0 ? [] : [{ label: 'handed over', note: 'to other gateways', count, rate: undefined }]
}

function balanced(ins: readonly LedgerRow[], outs: readonly LedgerRow[]): Ledger {
  const sum = (rows: readonly LedgerRow[]): number => rows.reduce((total, { count }) => total + count, 0)
  return { ins, outs, imbalance: sum(ins) - sum(outs) }
}

/** A refusal in words: `queue full`, `rate limited`. */
export function reasonOf({ code }: Pick<RefusalCount, 'code'>): string {
  return code.replace(/^ERR_/, '').replaceAll('_', ' ').toLowerCase()
}
