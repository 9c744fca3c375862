/**
 * At most so much work at a time, where the limit may learn, and a bounded
 * number of callers may wait a bounded time.
 *
 * Permits are freed before the limit learns from them, so that a limit that
 * throws leaks nothing. A freed place or a raised limit wakes everyone who
 * fits. A permit is handed over in the moment it is free: a waiter that
 * leaves and a place that comes can't miss each other.
 *
 * Absent: threads, and any reading of the work itself.
 * Floor 3: imports `clock`, `errors`, `gate`, `measure`, `options`, `queues`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { costOf } from '../gate/ask.ts'
import { type CallbackGate, type EntryListener, handOver, type Waiting } from '../gate/callback-gate.ts'
import type { Ask, Permit, Refusal } from '../gate/gate.ts'
import { refusal, refusalError } from '../gate/refusal.ts'
import { type RunOptions, run } from '../gate/run.ts'
import type { TurnPolicy } from '../gate/turn.ts'
import { ServiceEstimate } from '../measure/service-estimate.ts'
import { integerOrInfinityFrom, resolveOptions } from '../options/rules.ts'
import { hasLeft, type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { Deadlines } from '../queues/deadlines.ts'
import { WaitList } from '../queues/wait-list.ts'
import { type Ending, EntryWaiter, type Limiter, LimiterPermit, TimedPermit } from './entry.ts'
import { fixed } from './fixed.ts'
import type { ConcurrencyLimit, LimitDecision, LimitSample } from './limit.ts'
import { LimiterLedger, type LimiterRefusal, type LimiterStats } from './limiter-ledger.ts'
import { type ConcurrencyLimiterOptions, DEFAULTS, needsTime, RULES } from './limiter-options.ts'
import { StandingQueue } from './standing-queue.ts'

/**
 * Whose turn comes is refused only with less than this part of the margin left: refused at the whole of it, every
 * second one of those who were admitted just in time would have waited in vain.
 */
const HOPELESS = 0.5
/** While a queue stands, a waiter may wait for so many completions at least: slow work must not idle. */
const STANDING_TURNS = 4

/**
 * A gate that bounds how much work is in flight, by cost. It does not look at the `key` and the `criticality` of an
 * ask. Every operation costs O(1), O(log waiters) with a time bound.
 */
export class ConcurrencyLimiter implements CallbackGate {
  readonly #limit: ConcurrencyLimit
  readonly #clock: Clock
  readonly #waiters: WaitList<EntryWaiter>
  readonly #holds: Deadlines<TimedPermit>
  readonly #standing: StandingQueue
  readonly #times = new ServiceEstimate()
  readonly #ledger = new LimiterLedger()
  readonly #newestFirst: boolean
  readonly #maxWaitMs: number
  readonly #standingWaitMs: number
  readonly #maxHoldMs: number
  readonly #atTurn: TurnPolicy | undefined
  readonly #desk: Limiter = {
    settle: (permit, ending) => this.#settle(permit, ending),
    gaveUp: (waiter, why) => this.#gaveUp(waiter, why),
  }
  readonly #onLimit: ((decision: LimitDecision) => void) | undefined
  /** Two readings of the clock are most of what a permit costs: `npm run bench -- guards`. */
  readonly #needsTime: boolean
  #current: number
  #inFlight = 0
  #held = 0
  #waking = false

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(given: ConcurrencyLimiterOptions) {
    const options = resolveOptions('ConcurrencyLimiter', given, RULES, DEFAULTS)
    this.#limit = typeof options.limit === 'number' ? fixed(options.limit) : options.limit
    this.#current = this.#limit.limit
    this.#clock = options.clock ?? systemClock
    this.#waiters = new WaitList(this.#clock, options.maxWaiting)
    this.#holds = new Deadlines(this.#clock)
    this.#standing = new StandingQueue(options.standingAfterMs)
    this.#newestFirst = options.order === 'adaptive-lifo'
    this.#maxWaitMs = options.maxWaitMs
    this.#standingWaitMs = options.standingWaitMs ?? (this.#newestFirst ? 5 : Number.POSITIVE_INFINITY)
    this.#maxHoldMs = options.maxHoldMs
    this.#atTurn = options.atTurn
    this.#onLimit = options.onLimit
    this.#needsTime = needsTime(options, this.#limit)
  }

  /** How much may be in flight now. */
  get limit(): number {
    return this.#current
  }

  /** How much is in flight now, by cost. It exceeds the limit for a while after the limit was lowered. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** Leave to start, or a refusal, at once; refused while others wait. @throws OptionError for a wrong ask */
  tryEnter(ask?: Ask): Permit | Refusal {
    const cost = costOf('ConcurrencyLimiter', ask)
    this.#ledger.received++
    if (!this.#hasRoomFor(cost)) return this.#refuse('ERR_CONCURRENCY_LIMITED')
    const nowMs = this.#needsTime ? this.#clock.nowMs() : 0
    return this.#mayStart(0, nowMs) ? this.#admit(cost, nowMs) : this.#refuse('ERR_SHED')
  }

  /**
   * Waits for leave to start, within the caller's bounds and `maxWaitMs`. With `finishWithinMs` it is refused on
   * arrival when its turn is predicted to leave less of the budget than the work's 99th percentile (at most three
   * quarters of the budget), and later once less than half of that is left; below 20 samples nothing is predicted.
   *
   * @throws OverloadError when refused; `signal.reason` when aborted; OptionError for a wrong ask
   */
  enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    return new Promise((resolve, reject) => {
      this.request(ask, {
        onAdmitted: resolve,
        onRefused: (refused) => reject(refusalError('ConcurrencyLimiter', refused)),
        onAborted: reject,
      })
    })
  }

  /**
   * `enter` with callbacks instead of a promise: for simulators and hot paths. The listener is called once, before
   * `request` returns when the answer is known.
   *
   * @returns the place in the line, to be abandoned; `undefined` when the listener has its answer
   * @throws OptionError for a wrong ask
   */
  request(ask: Ask & WaitOptions, listener: EntryListener): Waiting | undefined {
    if (hasLeft('ConcurrencyLimiter', ask)) {
      this.#ledger.received++
      this.#ledger.abandoned++
      listener.onAborted(ask.signal?.reason)
      return undefined
    }
    const cost = costOf('ConcurrencyLimiter', ask)
    const callerBoundMs = waitBoundMs('ConcurrencyLimiter', ask)
    this.#ledger.received++
    const nowMs = this.#needsTime ? this.#clock.nowMs() : 0
    if (this.#hasRoomFor(cost)) {
      if (this.#mayStart(0, nowMs)) handOver(listener, this.#admit(cost, nowMs))
      else listener.onRefused(this.#refuse('ERR_SHED'))
      return undefined
    }
    const wait = this.#foresee(callerBoundMs, ask.finishWithinMs ?? Number.POSITIVE_INFINITY, nowMs)
    if (wait.refusedWith) {
      listener.onRefused(this.#refuse(wait.refusedWith))
      return undefined
    }
    // Refused after the newcomer has its place, which the displaced can't take again; it may serve the newcomer.
    const displaced = wait.displacesOldest ? this.#waiters.shift() : undefined
    const waiter = new EntryWaiter(this.#desk, { cost, sinceMs: nowMs, listener, ...wait })
    this.#waiters.add(waiter, wait.boundMs, ask.signal)
    this.#standing.filled(nowMs)
    displaced?.listener.onRefused(this.#refuse('ERR_TOO_MANY_WAITING'))
    return waiter.waitList && waiter
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** Counters and gauges, by value. */
  stats(): LimiterStats {
    const { limit, inFlight, waiting } = this
    return this.#ledger.snapshot({ limit, inFlight, waiting })
  }

  #hasRoomFor(cost: number): boolean {
    return this.#waiters.size === 0 && this.#fits(cost)
  }

  /** What costs more than the whole limit passes alone: it would wait for ever otherwise. */
  #fits(cost: number): boolean {
    return this.#inFlight + cost <= this.#current || this.#held === 0
  }

  /** How long a newcomer may wait, or why it need not begin to. */
  #foresee(callerBoundMs: number, budgetMs: number, nowMs: number): Foresight {
    const stands = this.#standing.stands(nowMs)
    const newestFirst = this.#newestFirst && stands
    const paceMs = this.#times.paceMs(this.#current, nowMs)
    const patienceMs = stands
      ? Math.max(this.#standingWaitMs, STANDING_TURNS * paceMs)
      : Number.POSITIVE_INFINITY
    const marginMs = this.#times.marginMs(budgetMs, nowMs)
    const lastCallMs = budgetMs - HOPELESS * marginMs
    const boundMs = Math.min(callerBoundMs, this.#maxWaitMs, patienceMs, lastCallMs)
    const foresight = {
      boundMs,
      budgetEndsMs: nowMs + budgetMs,
      timeoutCode: timeoutCode(boundMs, lastCallMs),
    }
    if (this.#waiters.maxWaiting === 0 || !(boundMs > 0)) {
      return { ...foresight, refusedWith: 'ERR_CONCURRENCY_LIMITED' }
    }
    const predictedMs = newestFirst ? 0 : (this.#waiters.size + 1) * paceMs
    if (predictedMs > budgetMs - marginMs) return { ...foresight, refusedWith: 'ERR_BUDGET_UNREACHABLE' }
    if (predictedMs > boundMs) return { ...foresight, refusedWith: 'ERR_WAIT_TIMEOUT' }
    if (!this.#waiters.isFull) return foresight
    return newestFirst
      ? { ...foresight, displacesOldest: true }
      : { ...foresight, refusedWith: 'ERR_TOO_MANY_WAITING' }
  }

  #admit(cost: number, nowMs: number): Permit {
    this.#ledger.accepted++
    this.#held++
    this.#inFlight += cost
    const start = { cost, startMs: nowMs, inFlight: this.#inFlight }
    if (this.#maxHoldMs === Number.POSITIVE_INFINITY) return new LimiterPermit(this.#desk, start)
    const permit = new TimedPermit(this.#desk, { ...start, atMs: nowMs + this.#maxHoldMs })
    this.#holds.add(permit)
    return permit
  }

  /** Whether `atTurn` lets it start. One that throws lets everything start: a broken judge must not refuse anybody. */
  #mayStart(waitedMs: number, nowMs: number): boolean {
    if (!this.#atTurn) return true
    try {
      return this.#atTurn.admits(waitedMs, nowMs) !== false
    } catch {
      this.#ledger.turnFaults++
      return true
    }
  }

  #refuse(code: LimiterRefusal): Refusal {
    this.#ledger.refused[code]++
    return refusal(code)
  }

  /** Frees first, learns second, wakes last, whatever the limit does. */
  #settle(permit: LimiterPermit, ending: Ending): void {
    this.#held--
    this.#inFlight = this.#held === 0 ? 0 : this.#inFlight - permit.cost
    if (permit instanceof TimedPermit && permit.heapIndex >= 0) this.#holds.remove(permit)
    const known = typeof this.#ledger.ended[ending] === 'number' ? ending : 'ignored'
    this.#ledger.ended[known]++
    try {
      const isSample = known !== 'ignored' && known !== 'cancelled'
      if (isSample && this.#needsTime) this.#learn(permit, known !== 'success')
    } finally {
      this.#wake()
    }
  }

  #learn({ startMs, inFlight }: LimiterPermit, dropped: boolean): void {
    const endMs = this.#clock.nowMs()
    const rttMs = endMs > startMs ? endMs - startMs : 0
    if (!dropped) this.#times.record(rttMs, endMs)
    const decision = this.#askLimit({ endMs, rttMs, inFlight, dropped })
    if (!decision || decision.limit === this.#current) return
    this.#current = decision.limit
    try {
      this.#onLimit?.(decision)
    } catch {
      this.#ledger.limitFaults++
    }
  }

  #askLimit(sample: LimitSample): LimitDecision | undefined {
    try {
      const decision = this.#limit.onSample(sample)
      if (isLimit.accepts(decision.limit)) return decision
    } catch {
      // Counted below: work that is done must not fail because its measurement did.
    }
    this.#ledger.limitFaults++
    return undefined
  }

  /** Serves everyone who fits. A listener that throws doesn't keep the others waiting. */
  #wake(): void {
    if (this.#waking) return
    this.#waking = true
    let fault: { readonly error: unknown } | undefined
    for (let isMore = true; isMore; ) {
      try {
        isMore = this.#serveNext()
      } catch (error) {
        fault ??= { error }
      }
    }
    this.#waking = false
    if (fault) throw fault.error
  }

  #serveNext(): boolean {
    if (this.#waiters.size === 0) return false
    const nowMs = this.#clock.nowMs()
    const newest = this.#newestFirst && this.#standing.stands(nowMs)
    const waiter = newest ? this.#waiters.last! : this.#waiters.first!
    if (!this.#fits(waiter.cost)) return false
    this.#waiters.remove(waiter)
    if (this.#waiters.size === 0) this.#standing.emptied()
    this.#serve(waiter, nowMs)
    return true
  }

  #serve({ listener, cost, sinceMs, budgetEndsMs }: EntryWaiter, nowMs: number): void {
    const marginMs = this.#times.marginMs(budgetEndsMs - sinceMs, nowMs)
    if (budgetEndsMs - nowMs < HOPELESS * marginMs) {
      listener.onRefused(this.#refuse('ERR_BUDGET_SPENT'))
      return
    }
    const waitedMs = nowMs > sinceMs ? nowMs - sinceMs : 0
    if (this.#mayStart(waitedMs, nowMs)) handOver(listener, this.#admit(cost, nowMs))
    else listener.onRefused(this.#refuse('ERR_SHED'))
  }

  #gaveUp({ listener, timeoutCode }: EntryWaiter, why: 'timeout' | { readonly reason: unknown }): void {
    if (this.#waiters.size === 0) this.#standing.emptied()
    try {
      if (why === 'timeout') {
        listener.onRefused(this.#refuse(timeoutCode))
      } else {
        this.#ledger.abandoned++
        listener.onAborted(why.reason)
      }
    } finally {
      // Whoever stood behind a costlier one may fit now.
      this.#wake()
    }
  }
}

interface Foresight {
  readonly boundMs: number
  readonly budgetEndsMs: number
  readonly timeoutCode: 'ERR_WAIT_TIMEOUT' | 'ERR_BUDGET_SPENT'
  /** Why it need not begin to wait. */
  readonly refusedWith?: LimiterRefusal
  /** The one that has waited longest makes room. */
  readonly displacesOldest?: true
}

const isLimit = integerOrInfinityFrom(1)

function timeoutCode(boundMs: number, lastCallMs: number): Foresight['timeoutCode'] {
  return boundMs === lastCallMs ? 'ERR_BUDGET_SPENT' : 'ERR_WAIT_TIMEOUT'
}
