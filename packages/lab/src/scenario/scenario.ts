/**
 * A scenario: who asks, how often, how long the work takes, and how patient
 * the clients are. Plain data: it can be written to a file and read back.
 */
import type { Criticality } from 'spillway'

/** From `fromMs` on, so many requests arrive per second, as a Poisson process. */
export interface LoadStep {
  readonly fromMs: number
  readonly ratePerSecond: number
}

/** From `fromMs` to `toMs` work takes `factor` times as long. */
export interface Slowdown {
  readonly fromMs: number
  readonly toMs: number
  readonly factor: number
}

/** From `fromMs` to `toMs` nothing moves: work in progress ends so much later. */
export interface Stall {
  readonly fromMs: number
  readonly toMs: number
}

/** What is begun from `fromMs` to `toMs` fails after `afterMs`, however little there is of it: nothing answers the server. */
export interface Outage {
  readonly fromMs: number
  readonly toMs: number
  readonly afterMs: number
}

/** Several servers of one kind behind one balancer, each of which dies of too much inside. */
export interface Instances {
  readonly count: number
  /** With more than so many requests inside, an instance runs out of memory and loses them all. */
  readonly mostInside: number
  /** How long it takes until a new one stands in its place. */
  readonly restartMs: number
}

/** How long one piece of work takes. Both kinds have the mean `meanMs`. */
export type ServiceTime =
  | { readonly kind: 'exponential'; readonly meanMs: number }
  /** Nine in ten take half of the mean, one in ten takes 5.5 times the mean. */
  | { readonly kind: 'bimodal'; readonly meanMs: number }
  | { readonly kind: 'fixed'; readonly meanMs: number }

/** What does the work. */
export interface Server {
  /** How many pieces of work it does side by side; more than that queue inside it, first come, first served. */
  readonly slots: number
  readonly service: ServiceTime
  readonly slowdowns: readonly Slowdown[]
  /** @defaultValue none */
  readonly stalls?: readonly Stall[] | undefined
  /** @defaultValue none */
  readonly outages?: readonly Outage[] | undefined
  /** @defaultValue one instance that never dies */
  readonly instances?: Instances | undefined
}

/** What clients do. */
export interface Clients {
  /** An answer later than this is worth nothing, and the client has gone; the server is not told. */
  readonly timeoutMs: number
  /** How often a client tries again, after a timeout or a refusal. */
  readonly retries: number
  /** Full-jitter backoff from this on, in milliseconds; 0: they try again at once. */
  readonly backoffMs: number
  /** The share of requests that may be retries; 1: no budget. */
  readonly retryRatio: number
  /**
   * How many calls in a row one request is made of; it is answered when all of them are, each within `timeoutMs`.
   * @defaultValue 1
   */
  readonly calls?: number | undefined
  /** What share of the requests has which importance; the shares add up to 1. */
  readonly classes: readonly { readonly criticality: Criticality; readonly share: number }[]
}

/** Everything but the policy and the seed. */
export interface Scenario {
  readonly name: string
  readonly load: readonly LoadStep[]
  readonly server: Server
  readonly clients: Clients
  /** What happens before is not measured. */
  readonly warmUpMs: number
  /** The end of the run. */
  readonly endMs: number
  /** When the disturbance happens; recovery is counted from its end. */
  readonly trigger?: Stall | undefined
  /** What one request inside takes, for the memory that is reckoned. @defaultValue 10,000 bytes */
  readonly itemBytes?: number | undefined
}

/** The work that the servers can do, per second. */
export function capacityOf({ slots, service, instances }: Server): number {
  return ((instances?.count ?? 1) * slots * 1000) / service.meanMs
}
