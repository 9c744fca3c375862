/**
 * What the guards of all frameworks do: ask the gate for each request, on its
 * headers alone, and keep the ledger of requests.
 *
 *   received = accepted + refused{code} + abandoned + waiting
 *
 * Exempt requests are not received. Absent: sockets and bodies, which are the
 * adapters'.
 *
 * Floor 4: imports `errors`, `gate`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { inOneLine, Warnings } from '../errors/warning.ts'
import type { Ask, AsyncGate, Gate, Outcome, Permit, Refusal } from '../gate/gate.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { type GuardOptions, type ResolvedGuardOptions, resolveGuardOptions } from './guard-options.ts'
import { RefusalResponder, type RefusalResponse } from './refusal-response.ts'
import { budgetReader, type ReadHeader } from './request-budget.ts'

/** Counters and gauges of one guard. The sum of the module's header holds at any instant. */
export interface GuardStats {
  readonly received: number
  readonly accepted: number
  readonly refused: Readonly<Partial<Record<OverloadCode, number>>>
  /** Went away while they waited for leave to start. */
  readonly abandoned: number
  /** Wait for leave to start now. */
  readonly waiting: number
  /** Accepted, and not answered yet. */
  readonly inFlight: number
  /** Let through uncounted. */
  readonly exempt: number
}

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
  readonly read: ReadHeader
  /** A signal that aborts when the client goes away. Asked for only when the request has to wait. */
  readonly gone: () => AbortSignal
}

const EXEMPT: Admitted = { admitted: true, budgetMs: undefined, end: () => {} }

/** Guards requests of type `Q`. */
export class GuardCore<Q> {
  readonly #options: ResolvedGuardOptions<Q>
  readonly #responder: RefusalResponder
  readonly #readBudget: ((read: ReadHeader) => number) | undefined
  readonly #refused: Partial<Record<OverloadCode, number>> = {}
  readonly #warnings = new Warnings('guard')
  #received = 0
  #accepted = 0
  #abandoned = 0
  #waiting = 0
  #inFlight = 0
  #exempt = 0

  /** @throws OptionError when an option is unknown, missing or out of its range */
  constructor(given: GuardOptions<Q>) {
    this.#options = resolveGuardOptions(given)
    const { maxRetryAfterS, policy, random, budget } = this.#options
    this.#responder = new RefusalResponder({ maxRetryAfterS, policy, random })
    this.#readBudget = budget && budgetReader(budget)
  }

  /** The counters, by value. */
  stats(): GuardStats {
    return {
      received: this.#received,
      accepted: this.#accepted,
      refused: { ...this.#refused },
      abandoned: this.#abandoned,
      waiting: this.#waiting,
      inFlight: this.#inFlight,
      exempt: this.#exempt,
    }
  }

  /**
   * Asks for leave to start, at once where the gate can answer at once. Nothing of the body has been read.
   * What `key`, `cost`, `criticality` or `exempt` throw is thrown, before anything is counted.
   */
  enter(arrival: Arrival<Q>): Verdict | Promise<Verdict> {
    const { gate, timeoutMs, exempt } = this.#options
    if (exempt?.(arrival.request)) {
      this.#exempt++
      return EXEMPT
    }
    const ask = this.#ask(arrival)
    if (timeoutMs > 0 || !isGate(gate)) return this.#enterLater(ask, arrival)
    const answer = gate.tryEnter(ask)
    this.#received++
    return answer.admitted ? this.#admit(answer, ask) : this.#refuse(answer, arrival.request)
  }

  /** The gate, or a function of the options, failed: tell somebody. */
  failed(error: unknown, request: Q): void {
    const { onError } = this.#options
    if (onError) onError(error, request)
    else
      this.#warnings.warn(`a request could not be judged: ${inOneLine(error)}`, this.#options.clock.nowMs())
  }

  /** The answer for a refusal that a handler met by itself. It is not counted: the handler's queue counted it. */
  respond(refusal: Pick<Refusal, 'code' | 'retryAfterMs'>): RefusalResponse {
    return this.#responder.respond(refusal)
  }

  #ask({ request, read }: Arrival<Q>): Ask {
    const { key, cost, criticality } = this.#options
    return {
      key: key?.(request),
      cost: cost?.(request),
      criticality: criticality?.(request),
      finishWithinMs: this.#readBudget?.(read),
    }
  }

  async #enterLater(ask: Ask, arrival: Arrival<Q>): Promise<Verdict> {
    const { gate, timeoutMs } = this.#options
    const signal = arrival.gone()
    const wait: Ask & WaitOptions = { ...ask, timeoutMs, signal }
    this.#received++
    this.#waiting++
    try {
      const permit = await gate.enter(wait)
      this.#waiting--
      return this.#admit(permit, ask)
    } catch (error) {
      this.#waiting--
      if (isOverloadError(error)) return this.#refuse(error, arrival.request)
      if (signal.aborted) {
        this.#abandoned++
        return 'gone'
      }
      this.#received--
      throw error
    }
  }

  #admit(permit: Permit, { finishWithinMs }: Ask): Admitted {
    this.#accepted++
    this.#inFlight++
    let ended = false
    return {
      admitted: true,
      budgetMs: finishWithinMs,
      end: (outcome) => {
        if (ended) return
        ended = true
        this.#inFlight--
        permit.end(outcome)
      },
    }
  }

  #refuse(refusal: Pick<Refusal, 'code' | 'retryAfterMs'>, request: Q): Refused {
    this.#refused[refusal.code] = (this.#refused[refusal.code] ?? 0) + 1
    this.#options.onRefusal?.(refusal, request)
    return { admitted: false, response: this.#responder.respond(refusal) }
  }
}

function isGate(gate: AsyncGate): gate is Gate {
  return 'tryEnter' in gate && typeof gate.tryEnter === 'function'
}
