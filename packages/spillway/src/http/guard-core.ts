/**
 * What the guards of all frameworks do: ask the gate for each request, on its
 * headers alone, and keep the ledger of requests.
 *
 * Absent: sockets and bodies, which are the adapters'.
 *
 * Floor 4: imports `errors`, `gate`.
 */
import { isOverloadError } from '../errors/overload-error.ts'
import { inOneLine, Warnings } from '../errors/warning.ts'
import type { Ask, AsyncGate, Gate, Outcome, Permit } from '../gate/gate.ts'
import { ShadowAsyncGate } from '../gate/shadow.ts'
import { type GuardOptions, type ResolvedGuardOptions, resolveGuardOptions } from './guard-options.ts'
import { type RefusalFacts, RefusalResponder, type RefusalResponse } from './refusal-response.ts'
import { budgetReader, type ReadHeader } from './request-budget.ts'
import { type GuardStats, RequestLedger } from './request-ledger.ts'

/** Leave to start, for one request. */
export interface Admitted {
  readonly admitted: true
  /** The request's time budget in milliseconds from its arrival; `undefined` without one. */
  readonly budgetMs: number | undefined
  /** The request has been answered, or its client has gone. Once. */
  end(outcome: Outcome): void
}

/** A no, with the answer to send. */
export interface Refused {
  readonly admitted: false
  readonly response: RefusalResponse
}

/** What became of a request's ask. `gone`: its client went away while it waited. */
export type Verdict = Admitted | Refused | 'gone'

/** The way in which a framework hands over a request. */
export interface Arrival<Q> {
  readonly request: Q
  /** One header field: its only value, or `undefined`. */
  read(name: string): string | undefined
  /** A signal that aborts when the client goes away. Asked for only when the request may have to wait. */
  gone(): AbortSignal
}

const EXEMPT: Admitted = { admitted: true, budgetMs: undefined, end: () => {} }

/** Its client has stopped waiting already: whoever names a budget of 0 gets no place, free or not. */
const SPENT: RefusalFacts = { code: 'ERR_BUDGET_SPENT' }

/** Guards requests of type `Q`. */
export class GuardCore<Q> {
  readonly #options: ResolvedGuardOptions<Q>
  readonly #responder: RefusalResponder
  readonly #readBudget: ((read: ReadHeader) => number) | undefined
  readonly #warnings = new Warnings('guard')
  readonly #ledger = new RequestLedger()

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(given: GuardOptions<Q>) {
    this.#options = resolveGuardOptions(given)
    const { maxRetryAfterS, policy, random, budget } = this.#options
    this.#responder = new RefusalResponder({ maxRetryAfterS, policy, random })
    this.#readBudget = budget && budgetReader(budget)
  }

  /** The counters, by value. */
  stats(): GuardStats {
    const { gate } = this.#options
    return this.#ledger.snapshot(gate instanceof ShadowAsyncGate ? gate.stats().wouldRefuse : {})
  }

  /**
   * Asks for leave to start, at once where the gate can answer at once. Nothing of the body has been read.
   * What the gate, `key`, `cost`, `criticality` or `budget` throw is thrown, and counted as `failed`.
   */
  enter(arrival: Arrival<Q>): Verdict | Promise<Verdict> {
    const { gate, timeoutMs, exempt, shadow } = this.#options
    const { request } = arrival
    const ledger = this.#ledger
    ledger.received++
    try {
      if (exempt?.(request)) {
        ledger.received--
        ledger.exempt++
        return EXEMPT
      }
      const ask = this.#ask(arrival)
      if (ask.finishWithinMs === 0 && !shadow) return this.#refuse(SPENT, request)
      if (timeoutMs > 0 || !isGate(gate)) return this.#enterLater(gate, ask, arrival)
      const answer = gate.tryEnter(ask)
      return answer.admitted ? this.#admit(answer, ask) : this.#refuse(answer, request)
    } catch (error) {
      ledger.failed++
      throw error
    }
  }

  /** A request whose client left before the gate was asked. */
  left(): void {
    this.#ledger.received++
    this.#ledger.abandoned++
  }

  /** The gate, or a function of the options, failed: tell somebody. */
  failed(error: unknown, request: Q): void {
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

  #ask(arrival: Arrival<Q>): Ask {
    const { request } = arrival
    const { key, cost, criticality } = this.#options
    return {
      key: key?.(request),
      cost: cost?.(request),
      criticality: criticality?.(request),
      finishWithinMs: this.#readBudget?.((name) => arrival.read(name)),
    }
  }

  async #enterLater(gate: AsyncGate, ask: Ask, arrival: Arrival<Q>): Promise<Verdict> {
    const { key, cost, criticality, finishWithinMs } = ask
    const { timeoutMs } = this.#options
    const ledger = this.#ledger
    const signal = arrival.gone()
    ledger.waiting++
    try {
      const permit = await gate.enter({ key, cost, criticality, finishWithinMs, timeoutMs, signal })
      ledger.waiting--
      return this.#admit(permit, ask)
    } catch (error) {
      ledger.waiting--
      if (isOverloadError(error)) return this.#refuse(error, arrival.request)
      if (signal.aborted) {
        ledger.abandoned++
        return 'gone'
      }
      ledger.failed++
      throw error
    }
  }

  #admit(permit: Permit, { finishWithinMs }: Ask): Admitted {
    const ledger = this.#ledger
    ledger.accepted++
    ledger.inFlight++
    let ended = false
    return {
      admitted: true,
      budgetMs: finishWithinMs,
      end: (outcome) => {
        if (ended) return
        ended = true
        ledger.inFlight--
        permit.end(outcome)
      },
    }
  }

  #refuse(refusal: RefusalFacts, request: Q): Refused {
    this.#ledger.refused(refusal.code)
    this.#told(refusal, request)
    return { admitted: false, response: this.#responder.respond(refusal) }
  }

  /** What `onRefusal` throws is reported, and changes nothing: the request has its answer. */
  #told(refusal: RefusalFacts, request: Q): void {
    try {
      this.#options.onRefusal?.(refusal, request)
    } catch (error) {
      this.failed(error, request)
    }
  }
}

function isGate(gate: AsyncGate): gate is Gate {
  return 'tryEnter' in gate && typeof gate.tryEnter === 'function'
}
