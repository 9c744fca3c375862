/**
 * From counters to rates: how much a second, between two looks at the gateway.
 *
 * Counters start with the process. Between a look before a restart and one
 * after it nothing is known: no rate then, rather than a wrong one.
 *
 * Pure; imports the protocol.
 */
import type { GatewayState, StreamState } from '@spillway/gateway/protocol'

/** What a stream does a second: requests and events by what became of them. */
export interface StreamRates {
  readonly offeredRequests: number
  readonly acceptedRequests: number
  readonly refusedRequests: number
  readonly abandonedRequests: number
  readonly acceptedEvents: number
  readonly duplicateEvents: number
  readonly deliveredEvents: number
  readonly evictedEvents: number
  readonly failedEvents: number
  readonly purgedEvents: number
  /** By code and phase, as `refusalKey` names them. */
  readonly refusedByReason: ReadonlyMap<string, number>
}

/** One reason of a refusal among the requests of a stream. */
export type RefusalCount = StreamState['requests']['refused'][number]

/** What names a refusal: its code and its phase. */
export function refusalKey({ code, phase }: Pick<RefusalCount, 'code' | 'phase'>): string {
  return `${code} ${phase}`
}

/** All requests of a stream that were refused. */
export function refusedTotal(stream: StreamState): number {
  return stream.requests.refused.reduce((sum, { count }) => sum + count, 0)
}

/** Whether both were told by the same process, `after` later than `before`. */
export function areComparable(before: GatewayState, after: GatewayState): boolean {
  return before.startedAtMs === after.startedAtMs && after.nowMs > before.nowMs
}

/**
 * The rates of a stream between two states, or `undefined` when they can't be known: another process, no time between
 * them, a stream that one of them lacks, a counter that went back.
 */
export function ratesBetween(
  before: GatewayState,
  after: GatewayState,
  streamName: string,
): StreamRates | undefined {
  if (!areComparable(before, after)) return undefined
  const from = before.streams.find(({ name }) => name === streamName)
  const to = after.streams.find(({ name }) => name === streamName)
  if (!from || !to) return undefined
  const earlier = countersOf(from)
  const seconds = (after.nowMs - before.nowMs) / 1000
  const rates = new Map<string, number>()
  for (const [name, count] of countersOf(to)) {
    const rate = (count - (earlier.get(name) ?? 0)) / seconds
    if (rate < 0) return undefined
    rates.set(name, rate)
  }
  return named(rates)
}

const REFUSED = 'refused '

function countersOf(stream: StreamState): ReadonlyMap<string, number> {
  const { requests, events } = stream
  return new Map([
    ['received', requests.received],
    ['requests', requests.accepted],
    ['abandoned', requests.abandoned],
    ['accepted', events.accepted],
    ['duplicates', events.duplicates],
    ['delivered', events.delivered],
    ['evicted', events.evicted],
    ['failed', events.failed],
    ['purged', events.purged],
    ...requests.refused.map((refusal) => [`${REFUSED}${refusalKey(refusal)}`, refusal.count] as const),
  ])
}

function named(rates: ReadonlyMap<string, number>): StreamRates {
  const of = (name: string): number => rates.get(name) ?? 0
  const refusals = [...rates].filter(([name]) => name.startsWith(REFUSED))
  return {
    offeredRequests: of('received'),
    acceptedRequests: of('requests'),
    refusedRequests: refusals.reduce((sum, [, rate]) => sum + rate, 0),
    abandonedRequests: of('abandoned'),
    acceptedEvents: of('accepted'),
    duplicateEvents: of('duplicates'),
    deliveredEvents: of('delivered'),
    evictedEvents: of('evicted'),
    failedEvents: of('failed'),
    purgedEvents: of('purged'),
    refusedByReason: new Map(refusals.map(([name, rate]) => [name.slice(REFUSED.length), rate])),
  }
}
