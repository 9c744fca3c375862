/**
 * Renewals on their way: one at a time, in the background, and one timer at
 * most, alive only while somebody was told, or waits, to be served later, or
 * what was used is not told yet.
 */
import type { Cancel, Clock } from 'spillway'
import type { RedisLink } from '../connection/redis-link.ts'
import type { LeaseHolder, LoanReply, Needed, RenewalPlan } from './lease-holder.ts'
import { RELEASE, RENEW } from './lease-script.ts'

/** What renewals are made with. */
export interface RenewalsOptions {
  readonly link: RedisLink
  readonly clock: Clock
  readonly holder: LeaseHolder
  readonly key: string
  readonly node: string
  readonly ratePerSecond: number
  readonly burst: number
  readonly leaseMs: number
  /** What is waited for. */
  needed(): Needed
  /** A renewal has ended: tokens may be there, or Redis is away. */
  onEnd(): void
}

/** Renews a lease. */
export class Renewals {
  readonly #options: RenewalsOptions
  #isUnderWay = false
  #retry: Cancel | undefined
  #retryAtMs = 0
  #isClosed = false
  #isEnding: (() => void)[] = []
  #wasEverThere = false
  /** Why Redis is away, `undefined` when it is not. Before the first lease it is. */
  #fault: unknown = new Error('no lease yet; await check() before the first ask')
  /** How long the latest renewal took, in milliseconds. */
  #tookMs = 0

  constructor(options: RenewalsOptions) {
    this.#options = options
  }

  get isUnderWay(): boolean {
    return this.#isUnderWay
  }

  get fault(): unknown {
    return this.#fault
  }

  /** Whether there ever was a lease. */
  get wasEverThere(): boolean {
    return this.#wasEverThere
  }

  get tookMs(): number {
    return this.#tookMs
  }

  /** Renews if that is worth it. The answer may come before it returns. */
  tryFor(isShort: boolean): void {
    const { clock, holder } = this.#options
    if (this.#isUnderWay || this.#isClosed) return
    if (holder.isRenewalDue(clock.nowMs(), isShort)) this.#renew(this.#options.needed())
    else if (!this.#retry) this.#tellInTime()
  }

  /** Renews once in `delayMs`: for somebody who was told to come back then, or to tell what was used. */
  retryIn(delayMs: number): void {
    if (this.#isUnderWay || this.#isClosed) return
    const { clock } = this.#options
    const atMs = clock.nowMs() + delayMs
    if (this.#retry && this.#retryAtMs <= atMs) return
    this.#retry?.()
    this.#retryAtMs = atMs
    this.#retry = clock.schedule(delayMs, () => {
      this.#retry = undefined
      this.#onTimer()
    })
  }

  /** Renews now, whether or not it is due. Resolves when that has ended. */
  renewNow(): Promise<void> {
    if (!this.#isUnderWay && !this.#isClosed) this.#renew(this.#options.needed())
    return this.ended()
  }

  /** Resolves when the renewal that is under way, if one is, has ended. */
  ended(): Promise<void> {
    if (!this.#isUnderWay) return Promise.resolve()
    return new Promise((resolve) => this.#isEnding.push(resolve))
  }

  /** Gives back what is held. Resolves when Redis has it, or could not be reached. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#retry?.()
    await this.ended()
    await new Promise<void>((resolve) => this.#release(resolve))
  }

  #onTimer(): void {
    const { clock, holder, needed } = this.#options
    if (this.#isUnderWay || this.#isClosed || !holder.isRenewalDue(clock.nowMs(), true)) return
    const now = needed()
    if (now.all > 0) this.#renew(now)
    else if (holder.tellInMs(clock.nowMs()) !== undefined) this.#send(holder.planToTell(clock.nowMs()))
  }

  #renew(needed: Needed): void {
    this.#send(this.#options.holder.plan(this.#options.clock.nowMs(), needed))
  }

  #send(plan: RenewalPlan): void {
    const { link, holder } = this.#options
    this.#isUnderWay = true
    this.#retry?.()
    this.#retry = undefined
    link.run({
      script: RENEW,
      key: this.#options.key,
      args: this.#arguments(plan),
      settle: (answer) => {
        const loan = answer.ok ? readLoan(answer.reply) : undefined
        this.#end(plan, loan, answer.ok ? new Error('the answer of the script cannot be read') : answer.fault)
      },
      onLate: (reply) => holder.stray(readLoan(reply)?.granted ?? 0),
    })
  }

  #end(plan: RenewalPlan, loan: LoanReply | undefined, fault: unknown): void {
    const { clock, holder, onEnd } = this.#options
    const nowMs = clock.nowMs()
    this.#isUnderWay = false
    this.#tookMs = Math.max(0, nowMs - plan.sentMs)
    this.#fault = loan ? undefined : fault
    if (loan) holder.receive(nowMs, plan, loan)
    else holder.fail(nowMs)
    this.#wasEverThere ||= loan !== undefined
    for (const tell of this.#isEnding.splice(0)) tell()
    onEnd()
    this.#tellInTime()
  }

  /** Renews before the lease ends, though nobody asks, when something was used that was not told. */
  #tellInTime(): void {
    const { clock, holder } = this.#options
    const inMs = holder.tellInMs(clock.nowMs())
    if (inMs !== undefined) this.retryIn(inMs)
  }

  #release(onDone: () => void): void {
    const { link, clock, holder, key } = this.#options
    const { held, used } = holder.surrender(clock.nowMs())
    link.run({ script: RELEASE, key, args: [...this.#lease(), String(held), String(used)], settle: onDone })
  }

  #arguments({ held, back, want, least, demandPerSecond, used }: RenewalPlan): string[] {
    return [...this.#lease(), ...[held, back, want, least, demandPerSecond, used].map(String)]
  }

  #lease(): string[] {
    const { ratePerSecond, burst, leaseMs, node } = this.#options
    return [String(ratePerSecond), String(burst), String(leaseMs * 1000), node]
  }
}

/** The loan in a reply; `undefined` when it is none. */
export function readLoan(reply: unknown): LoanReply | undefined {
  if (!Array.isArray(reply)) return undefined
  const [granted, waitUs] = reply.map(Number)
  if (granted === undefined || waitUs === undefined || !(granted >= 0 && waitUs >= 0)) return undefined
  return { granted, waitMs: waitUs / 1000 }
}
