/**
 * Several gates as one: admitted by all, or refused by the first that says no.
 *
 * It never waits while holding: on a refusal everything taken is given back,
 * the wait is on the refuser alone, and with its permit in hand the others
 * are asked anew, without waiting. So two compositions in opposite order
 * can't block each other, and a waiter takes nothing from anybody.
 *
 * Absent: fairness across gates. Who waited for one gate may be refused by
 * the next, and waits again, within its bounds.
 * Floor 2: imports `clock`, `errors`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { OptionError, show } from '../options/option-error.ts'
import { type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import type { Ask, AsyncGate, Gate, Permit, Refusal } from './gate.ts'
import { JoinedPermit, settleAll } from './permits.ts'
import { refusalError } from './refusal.ts'
import { type RunOptions, run } from './run.ts'

/** After so many waits that ended in another gate's refusal, the last refusal stands. */
export const MAX_ROUNDS = 100

/** Options of a composition. */
export interface ComposeOptions {
  /** For the waits. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** A composition in which a gate may need time to answer. */
export class ComposedAsyncGate<G extends AsyncGate = AsyncGate> implements AsyncGate {
  /** The gates, in the order in which they are asked. */
  readonly gates: readonly G[]
  readonly #clock: Clock

  /** @throws OptionError when there is no gate, one isn't a gate, or one is named twice */
  constructor(gates: readonly G[], { clock = systemClock }: ComposeOptions = {}) {
    checkGates(gates)
    this.gates = gates
    this.#clock = clock
  }

  /**
   * Waits until all gates admit at once. A gate without `tryEnter` is asked with `timeoutMs: 0` while those
   * before it are held: name it first.
   *
   * @throws OverloadError with the code of the gate that refused; `signal.reason` when aborted
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    ask.signal?.throwIfAborted()
    waitBoundMs('compose', ask)
    const startMs = this.#clock.nowMs()
    let left = ask
    let refuser = -1
    let waitedFor: Permit | undefined
    for (let round = 0; ; round++) {
      const result = await this.#enterAll(left, refuser, waitedFor)
      if (result.admitted) return result.permit
      left = remainder(ask, this.#clock.nowMs() - startMs)
      if (waitBoundMs('compose', left) === 0 || round === MAX_ROUNDS) throw result.error
      refuser = result.refuser
      waitedFor = await this.gates[refuser]!.enter(left)
      left = remainder(ask, this.#clock.nowMs() - startMs)
    }
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }

  /** Asks every gate but `heldIndex`, whose permit is there already, without waiting; gives all back on a refusal. */
  async #enterAll(
    ask: Ask & WaitOptions,
    heldIndex: number,
    heldPermit: Permit | undefined,
  ): Promise<Entered> {
    const held: Permit[] = heldPermit ? [heldPermit] : []
    for (const [index, gate] of this.gates.entries()) {
      if (index === heldIndex) continue
      try {
        const answer = isGate(gate) ? gate.tryEnter(ask) : await gate.enter({ ...ask, timeoutMs: 0 })
        if (!answer.admitted) {
          settleAll(held, cancel)
          return { admitted: false, refuser: index, error: refusalError('compose', answer) }
        }
        held.push(answer)
      } catch (error) {
        settleAll(held, cancel)
        if (!isOverloadError(error)) throw error
        return { admitted: false, refuser: index, error }
      }
    }
    return { admitted: true, permit: new JoinedPermit(held) }
  }
}

/** A composition of gates that answer at once. */
export class ComposedGate extends ComposedAsyncGate<Gate> implements Gate {
  /** Admitted by all, or the refusal of the first that refused, with nothing taken from any. Never waits. */
  tryEnter(ask?: Ask): Permit | Refusal {
    const held: Permit[] = []
    try {
      for (const gate of this.gates) {
        const answer = gate.tryEnter(ask)
        if (!answer.admitted) {
          settleAll(held, cancel)
          return answer
        }
        held.push(answer)
      }
    } catch (error) {
      settleAll(held, cancel)
      throw error
    }
    return new JoinedPermit(held)
  }
}

/**
 * Joins gates into one that admits what all admit. Put the cheap and the certain refusals first.
 *
 * @throws OptionError when there is no gate, one isn't a gate, or one is named twice
 */
export function compose(...gates: readonly Gate[]): ComposedGate
export function compose(...gates: readonly AsyncGate[]): ComposedAsyncGate
export function compose(...gates: readonly AsyncGate[]): ComposedAsyncGate {
  checkGates(gates)
  return gates.every(isGate) ? new ComposedGate(gates) : new ComposedAsyncGate(gates)
}

type Entered =
  | { readonly admitted: true; readonly permit: Permit }
  | { readonly admitted: false; readonly refuser: number; readonly error: Error }

const cancel = (permit: Permit): void => permit.cancel()

function isGate(gate: AsyncGate): gate is Gate {
  return 'tryEnter' in gate && typeof gate.tryEnter === 'function'
}

/** The ask with what is left of its bounds after `passedMs`. */
function remainder(ask: Ask & WaitOptions, passedMs: number): Ask & WaitOptions {
  const left = (boundMs: number | undefined): number | undefined =>
    boundMs === undefined || !(passedMs > 0) ? boundMs : Math.max(0, boundMs - passedMs)
  return { ...ask, timeoutMs: left(ask.timeoutMs), finishWithinMs: left(ask.finishWithinMs) }
}

function checkGates(gates: readonly unknown[]): void {
  if (gates.length === 0)
    throw new OptionError('compose', 'gates', 'compose needs at least one gate, got none')
  for (const gate of gates) {
    if (typeof gate === 'object' && gate !== null && typeof Reflect.get(gate, 'enter') === 'function')
      continue
    throw new OptionError('compose', 'gates', `compose takes gates, objects with enter, got ${show(gate)}`)
  }
  if (new Set(gates).size === gates.length) return
  const problem = 'compose was given the same gate twice: it would wait for itself; name each gate once'
  throw new OptionError('compose', 'gates', problem)
}
