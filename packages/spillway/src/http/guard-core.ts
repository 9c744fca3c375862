/**
 * What the guards of all frameworks do: ask the gate for each request, on its
 * headers alone, and keep the ledger of requests.
 *
 * Absent: sockets and bodies, which are the adapters'. And objects that a
 * request which need not wait could do without: `npm run bench -- guards`.
 *
 * Floor 4: imports `errors`, `gate`, `options`.
 */
import { OVERLOAD_CODES } from '../errors/overload-codes.ts'
import { inOneLine, Warnings } from '../errors/warning.ts'
import {
  type CallbackGate,
  isCallbackGate,
  isGate,
  type Waiting,
  waitByPromise,
} from '../gate/callback-gate.ts'
import type { Ask, Gate, Outcome, Permit, Refusal } from '../gate/gate.ts'
import { EMPTY_PERMIT } from '../gate/permits.ts'
import { ShadowAsyncGate, ShadowGate } from '../gate/shadow.ts'
import { OptionError, show } from '../options/option-error.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { type GuardDesk, GuardEntry, NO_ANSWER } from './guard-entry.ts'
import { type GuardOptions, type ResolvedGuardOptions, resolveGuardOptions } from './guard-options.ts'
import { type RefusalFacts, RefusalResponder, type RefusalResponse } from './refusal-response.ts'
import { budgetReader, type ReadHeader } from './request-budget.ts'
import { type GuardStats, RequestLedger } from './request-ledger.ts'

/** A request at the guard. Exactly one of the last four is called, once; perhaps before `enter` returns. */
export interface Arrival<Q> {
  readonly request: Q
  /** One header field: its only value, or `undefined`. */
  read(name: string): string | undefined
  /** It may start, within its time budget in milliseconds from its arrival, if it has one. `end` it once. */
  admitted(permit: Permit | undefined, budgetMs: number | undefined): void
  /** It is refused, with the answer to send. */
  refused(response: RefusalResponse): void
  /** The gate, or a function of the options, failed; that is counted and told already. */
  failed(error: unknown): void
  /** Its client went away while it waited. */
  left(): void
}

/** Its client has stopped waiting already: whoever names a budget of 0 gets no place, free or not. */
const SPENT: RefusalFacts = { code: 'ERR_BUDGET_SPENT' }

/** Guards requests of type `Q`. */
export class GuardCore<Q> {
  readonly #options: ResolvedGuardOptions<Q>
  readonly #responder: RefusalResponder
  readonly #readBudget: ((read: ReadHeader) => number) | undefined
  readonly #warnings = new Warnings('guard')
  readonly #ledger = new RequestLedger()
  /** The gate, where nobody waits for it. */
  readonly #atOnce: Gate | undefined
  /** The gate, where it takes callbacks. */
  readonly #callsBack: CallbackGate | undefined
  /** The ask of every request, where the options ask nothing of it. */
  readonly #plainAsk: (Ask & WaitOptions) | undefined
  readonly #desk: GuardDesk<Arrival<Q>> = {
    admit: (arrival, permit, budgetMs) => this.#admit(arrival, permit, budgetMs),
    refuse: (arrival, refusal) => this.#refuse(arrival, refusal),
    fail: (arrival, error) => this.#fail(arrival, error),
    leave: (arrival) => {
      this.#ledger.abandoned++
      arrival.left()
    },
    waited: () => {
      this.#ledger.waiting--
    },
  }

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(given: GuardOptions<Q>) {
    const options = resolveGuardOptions(given)
    const { maxRetryAfterS, policy, random, budget, gate, timeoutMs } = options
    this.#options = options
    this.#responder = new RefusalResponder({ maxRetryAfterS, policy, random })
    this.#readBudget = budget && budgetReader(budget)
    const neverWaits = timeoutMs === 0 || gate.isJudge === true || gate instanceof ShadowGate
    this.#atOnce = neverWaits && isGate(gate) ? gate : undefined
    this.#callsBack = isCallbackGate(gate) ? gate : undefined
    const isPlain = !(options.key || options.cost || options.criticality || budget)
    this.#plainAsk = isPlain ? { timeoutMs } : undefined
  }

  /** The counters, by value. */
  stats(): GuardStats {
    const { gate } = this.#options
    return this.#ledger.snapshot(gate instanceof ShadowAsyncGate ? gate.stats().wouldRefuse : {})
  }

  /**
   * Asks for leave to start, at once where the gate can answer at once. Nothing of the body has been read.
   * Throws only what the request's own handler throws.
   *
   * @returns the place in the line of a request that has to wait, for a client that goes away
   */
  enter(arrival: Arrival<Q>): Waiting | undefined {
    const { exempt } = this.#options
    let ask: (Ask & WaitOptions) | undefined
    try {
      const isExempt = exempt !== undefined && yesOrNo(exempt(arrival.request))
      ask = isExempt ? undefined : (this.#plainAsk ?? this.#askOf(arrival))
    } catch (error) {
      this.#ledger.received++
      this.#fail(arrival, error)
      return undefined
    }
    if (!ask) {
      this.#ledger.exempt++
      arrival.admitted(undefined, undefined)
      return undefined
    }
    this.#ledger.received++
    if (ask.finishWithinMs === 0) this.#comesSpent(arrival)
    else if (this.#atOnce) this.#askAtOnce(this.#atOnce, ask, arrival)
    else return this.#askAndWait(ask, arrival)
    return undefined
  }

  /** A request whose client left before the gate was asked. */
  left(): void {
    this.#ledger.received++
    this.#ledger.abandoned++
  }

  /** An admitted request has been answered, or its client has gone. Once for each. */
  ended(permit: Permit | undefined, outcome: Outcome, request: Q): void {
    if (!permit) return
    this.#ledger.inFlight--
    try {
      permit.end(outcome)
    } catch (error) {
      // The request has its answer; nobody else would hear of it.
      this.#tell(error, request)
    }
  }

  #askOf(arrival: Arrival<Q>): Ask & WaitOptions {
    const { request } = arrival
    const { key, cost, criticality, timeoutMs } = this.#options
    return {
      key: key?.(request),
      cost: cost?.(request),
      criticality: criticality?.(request),
      finishWithinMs: this.#readBudget?.((name) => arrival.read(name)),
      timeoutMs,
    }
  }

  #askAtOnce(gate: Gate, ask: Ask, arrival: Arrival<Q>): void {
    let answer: Permit | Refusal
    try {
      answer = gate.tryEnter(ask)
      if (typeof answer?.admitted !== 'boolean') throw new TypeError(NO_ANSWER)
    } catch (error) {
      this.#fail(arrival, error)
      return
    }
    if (answer.admitted) this.#admit(arrival, answer, ask.finishWithinMs)
    else this.#refuse(arrival, answer)
  }

  #askAndWait(ask: Ask & WaitOptions, arrival: Arrival<Q>): Waiting | undefined {
    const entry = new GuardEntry(this.#desk, arrival, ask.finishWithinMs)
    let waiting: Waiting | undefined
    try {
      waiting = this.#callsBack
        ? this.#callsBack.request(ask, entry)
        : waitByPromise(ask, entry, (asked) => this.#options.gate.enter(asked))
    } catch (error) {
      // What the request's own handler throws, when it was admitted at once, is its server's to tell.
      if (entry.isAnswered) throw error
      entry.onFailed(error)
      return undefined
    }
    if (entry.isAnswered) return undefined
    entry.isWaiting = true
    this.#ledger.waiting++
    return waiting
  }

  #admit(arrival: Arrival<Q>, permit: Permit, budgetMs: number | undefined): void {
    this.#ledger.accepted++
    this.#ledger.inFlight++
    arrival.admitted(permit, budgetMs)
  }

  #comesSpent(arrival: Arrival<Q>): void {
    if (this.#options.shadow) {
      this.#ledger.wouldRefuse(SPENT.code)
      this.#admit(arrival, EMPTY_PERMIT, 0)
    } else this.#refuse(arrival, SPENT)
  }

  #refuse(arrival: Arrival<Q>, refusal: RefusalFacts): void {
    if (!Object.hasOwn(OVERLOAD_CODES, refusal.code)) {
      this.#fail(arrival, new TypeError(`the gate refused with the unknown code ${show(refusal.code)}`))
      return
    }
    this.#ledger.refused(refusal.code)
    this.#told(refusal, arrival.request)
    arrival.refused(this.#responder.respond(refusal))
  }

  #fail(arrival: Arrival<Q>, error: unknown): void {
    this.#ledger.failed++
    this.#tell(error, arrival.request)
    arrival.failed(error)
  }

  /** What `onRefusal` throws is reported, and changes nothing: the request has its answer. */
  #told(refusal: RefusalFacts, request: Q): void {
    try {
      this.#options.onRefusal?.(refusal, request)
    } catch (error) {
      this.#tell(error, request)
    }
  }

  /** The gate, or a function of the options, failed: somebody must hear of it. */
  #tell(error: unknown, request: Q): void {
    const { onError } = this.#options
    if (!onError) {
      this.#warn('a request could not be judged', error)
      return
    }
    try {
      onError(error, request)
    } catch (fault) {
      this.#warn('onError failed', fault)
    }
  }

  #warn(what: string, error: unknown): void {
    this.#warnings.warn(`${what}: ${inOneLine(error)}`, this.#options.clock.nowMs())
  }
}

/** A promise is truthy, and a free ride for everybody. */
function yesOrNo(answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer
  throw new OptionError('guard', 'exempt', `function "exempt" must return true or false, got ${show(answer)}`)
}
