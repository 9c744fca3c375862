/**
 * A node's side of a lease: the tokens it holds, until when, and when it is
 * worth asking for more.
 *
 * A node asks again when it holds less than half of what it will need within
 * half a lease time, and lets a lease that is in use not grow older than that.
 * It asks for nothing while nobody asks of it. Pure: takes the time.
 */
import { Demand } from './demand.ts'

/** What a node says when it renews, in tokens. */
export interface RenewalPlan {
  readonly sentMs: number
  readonly held: number
  readonly back: number
  readonly want: number
  readonly least: number
  readonly demandPerSecond: number
  /** What was used since the last answer: what the other side knows nothing of, when the lease has ended there. */
  readonly used: number
}

/** What a node waits for, in tokens. */
export interface Needed {
  /** The least that helps somebody. */
  readonly least: number
  /** What would help all. */
  readonly all: number
}

/** What it is lent, and how long until the least would be there: 0 when it is. */
export interface LoanReply {
  readonly granted: number
  readonly waitMs: number
}

/** What sums of loans may lack of a token by rounding. */
const ROUNDING = 1e-9
const NOTHING: Needed = { least: 0, all: 0 }

/** The state of a lease at its node. */
export class LeaseHolder {
  readonly #leaseMs: number
  readonly #demand: Demand
  #held = 0
  #endsMs = Number.NEGATIVE_INFINITY
  /** Tokens that came too late to be counted, to be given back with the next renewal. */
  #strayed = 0
  /** Used, and not known to have been told; and how much of it the renewal that is under way tells. */
  #untold = 0
  #telling = 0
  #lastPlanMs = Number.NEGATIVE_INFINITY
  #target = 0
  /** Not to ask again before. */
  #nextTryMs = Number.NEGATIVE_INFINITY
  /** When `#hopedFor` tokens are expected. */
  #hopeMs = Number.NEGATIVE_INFINITY
  #hopedFor = 0

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs
    this.#demand = new Demand(leaseMs / 2)
  }

  /** Tokens to be used now: none once the lease has ended, for then they flow back to the others. */
  held(nowMs: number): number {
    if (nowMs >= this.#endsMs) this.#held = 0
    return this.#held
  }

  note(cost: number): void {
    this.#demand.note(cost)
  }

  take(nowMs: number, cost: number): boolean {
    const left = this.held(nowMs) - cost
    if (left < -ROUNDING) return false
    this.#held = Math.max(0, left)
    this.#untold += cost
    return true
  }

  putBack(nowMs: number, cost: number): void {
    if (nowMs < this.#endsMs) this.#held += cost
    this.#untold -= cost
  }

  /** A loan that arrived when it was counted as lost. */
  stray(granted: number): void {
    this.#strayed += granted
  }

  /** Whether to renew now, for an ask that lacks tokens or one that has them. */
  isRenewalDue(nowMs: number, isShort: boolean): boolean {
    if (nowMs < this.#nextTryMs) return false
    return isShort || this.held(nowMs) * 2 < this.#target || nowMs - this.#lastPlanMs >= this.#leaseMs / 2
  }

  /** When asking for `cost` tokens may help, in milliseconds from now; `undefined` when it was not asked for so many. */
  retryAfterMs(nowMs: number, cost: number): number | undefined {
    if (cost > this.#hopedFor) return undefined
    return Math.max(0, this.#hopeMs - nowMs, this.#nextTryMs - nowMs)
  }

  /** When the next renewal is worth while for who is short, in milliseconds from now. */
  nextTryInMs(nowMs: number): number {
    return Math.max(0, this.#nextTryMs - nowMs)
  }

  /**
   * When to tell what was used, though nobody asks, in milliseconds from now: before the lease ends, for then it would
   * flow back as unused. `undefined` when all is told, or it has ended.
   */
  tellInMs(nowMs: number): number | undefined {
    if (this.#untold <= 0 || nowMs >= this.#endsMs) return undefined
    // Later than who asks would renew, and early enough to try again.
    return Math.max(0, this.#lastPlanMs + this.#leaseMs * 0.75 - nowMs, this.#nextTryMs - nowMs)
  }

  /** Ends the use of what is held. Returns what that was, and what was used and not told. */
  surrender(nowMs: number): { readonly held: number; readonly used: number } {
    const held = this.held(nowMs)
    this.#held = 0
    return { held, used: Math.max(0, this.#untold) }
  }

  /** What to say when nobody asks: what was used, and no wish. */
  planToTell(nowMs: number): RenewalPlan {
    return { ...this.plan(nowMs, NOTHING), want: 0 }
  }

  /** What to say. What it gives back is no longer held. */
  plan(nowMs: number, needed: Needed): RenewalPlan {
    const demandPerSecond = this.#demand.perSecond(nowMs)
    const mean = (demandPerSecond * this.#leaseMs) / 2000
    // Two standard deviations more, for asks come unevenly.
    this.#target = Math.max(mean + 2 * Math.sqrt(mean), needed.all)
    this.#lastPlanMs = nowMs
    const all = this.held(nowMs)
    const surplus = all > 2 * this.#target ? all - this.#target : 0
    this.#held = all - surplus
    const back = surplus + this.#strayed
    this.#strayed = 0
    const least = Math.max(0, needed.least - this.#held)
    const want = Math.max(0, this.#target - this.#held)
    this.#hopedFor = needed.least
    this.#telling = this.#untold
    const used = Math.max(0, this.#untold)
    return { sentMs: nowMs, held: this.#held, back, want, least, demandPerSecond, used }
  }

  /** The loan is there. The lease ends by the time of asking, so never later than at the other side. */
  receive(nowMs: number, plan: RenewalPlan, { granted, waitMs }: LoanReply): void {
    this.#held = this.held(nowMs) + granted
    this.#untold -= this.#telling
    this.#endsMs = plan.sentMs + this.#leaseMs
    const isScarce = granted < plan.want
    this.#hopeMs = nowMs + waitMs
    // Not so late that what is held of a token is lost with the lease.
    const pauseMs = Math.min(Math.max(waitMs, this.#leaseMs / 8), this.#leaseMs / 2)
    this.#nextTryMs = isScarce ? nowMs + pauseMs : nowMs
  }

  /** Nothing came: what is held serves to the end of the lease. */
  fail(nowMs: number): void {
    this.#nextTryMs = nowMs + this.#leaseMs / 8
  }
}
