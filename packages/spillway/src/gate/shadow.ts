/**
 * A gate that is only watched: it counts what it would refuse, and admits.
 *
 * For the first weeks of a new limit. What the gate admits is ended as usual,
 * so that a limit that learns goes on learning; what it would refuse runs
 * without a permit, and is not learned from.
 *
 * Floor 2: imports `errors`, `options`.
 */
import type { OverloadCode } from '../errors/overload-codes.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { openWait, type WaitOptions } from '../options/wait-options.ts'
import type { Ask, AsyncGate, Gate, Permit } from './gate.ts'
import { EMPTY_PERMIT } from './permits.ts'
import { type RunOptions, run } from './run.ts'

/** What a shadowed gate did and would have done, since its start. */
export interface ShadowStats {
  /** Admitted by the gate itself. */
  readonly admitted: number
  /** Admitted although the gate would have refused, by code. */
  readonly wouldRefuse: Readonly<Partial<Record<OverloadCode, number>>>
}

/** A watched gate that may need time to answer, but never makes anyone wait for room. */
export class ShadowAsyncGate<G extends AsyncGate = AsyncGate> implements AsyncGate {
  /** The gate that is watched. */
  protected readonly gate: G
  /** Whether the gate that is watched only judges. */
  readonly isJudge: boolean
  #admitted = 0
  readonly #wouldRefuse: Partial<Record<OverloadCode, number>> = {}

  constructor(gate: G) {
    this.gate = gate
    this.isJudge = gate.isJudge === true
  }

  /**
   * Admits, without waiting for room. A gate that fails, as opposed to refuses, still fails: its error is thrown.
   *
   * @throws `signal.reason` when aborted before, with the gate untouched; OptionError for a wrong ask
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('shadow', ask)
    try {
      return this.admit(await this.gate.enter({ ...ask, timeoutMs: 0 }))
    } catch (error) {
      if (!isOverloadError(error)) throw error
      return this.admitAnyway(error.code)
    }
  }

  /** `run` of this gate: runs `work`, and ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** Counters, by value. */
  stats(): ShadowStats {
    return { admitted: this.#admitted, wouldRefuse: { ...this.#wouldRefuse } }
  }

  /** Counts a permit of the gate. */
  protected admit(permit: Permit): Permit {
    this.#admitted++
    return permit
  }

  /** Counts a refusal and admits all the same. */
  protected admitAnyway(code: OverloadCode): Permit {
    this.#wouldRefuse[code] = (this.#wouldRefuse[code] ?? 0) + 1
    return EMPTY_PERMIT
  }
}

/** A watched gate that answers at once. */
export class ShadowGate extends ShadowAsyncGate<Gate> implements Gate {
  /** Admits, always. @throws OptionError for a wrong ask */
  tryEnter(ask?: Ask): Permit {
    const answer = this.gate.tryEnter(ask)
    return answer.admitted ? this.admit(answer) : this.admitAnyway(answer.code)
  }

  override async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('shadow', ask)
    return this.tryEnter(ask)
  }
}

/** Watches `gate`: counts what it would refuse, and admits everything. */
export function shadow(gate: Gate): ShadowGate
export function shadow(gate: AsyncGate): ShadowAsyncGate
export function shadow(gate: Gate | AsyncGate): ShadowAsyncGate {
  return 'tryEnter' in gate ? new ShadowGate(gate) : new ShadowAsyncGate(gate)
}
