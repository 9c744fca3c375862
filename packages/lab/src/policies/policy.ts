/**
 * What stands between the clients and the server.
 */
import type { Clock, Criticality, Outcome, OverloadCode } from 'spillway'

/** One request that has reached the server. Exactly one of `start` and `refuse` is called, once. */
export interface Work {
  readonly criticality: Criticality
  /** Stands for the user: the same user has the same key. */
  readonly key: string
  /** How long the client waits from the arrival. */
  readonly patienceMs: number
  /** Begins the work; `done` is called when it ends, well or not, perhaps long after the client has gone. */
  start(done: (outcome: Outcome) => void): void
  /** Says no. */
  refuse(code: OverloadCode): void
}

/** A policy: takes each request, and starts or refuses it, now or later. */
export interface Policy {
  offer(work: Work): void
  /** How much may be in flight now; for policies with a limit. */
  limit?(): number
}

/** What a policy is made with. */
export interface PolicyRoom {
  readonly clock: Clock
  readonly random: () => number
  /** How many pieces of work the server does side by side. */
  readonly slots: number
  /** How many pieces of work it does per second, when it is well. */
  readonly ratePerSecond: number
}

/** Makes a fresh policy for a run. */
export type MakePolicy = (room: PolicyRoom) => Policy
