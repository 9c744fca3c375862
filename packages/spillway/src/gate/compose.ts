/**
 * Several gates as one: admitted by all, or refused by the first that says no.
 *
 * It never waits while holding: on a refusal everything taken is given back,
 * the wait is on the refuser alone, and with its permit in hand the others
 * are asked anew, without waiting. So two compositions in opposite order
 * can't block each other, and a waiter takes nothing from anybody. A gate
 * that only judges takes nothing: it is asked once, and its no is final.
 *
 * Absent: fairness across gates. Who waited for one gate may be refused by
 * the next, and waits again, within its bounds.
 * Floor 2: imports `clock`, `errors`, `options`.
 */
import type { Clock } from '../clock/clock.ts'
import { systemClock } from '../clock/system-clock.ts'
import { isOverloadError } from '../errors/overload-error.ts'
import { OptionError, show } from '../options/option-error.ts'
import { hasLeft, openWait, type WaitOptions, waitBoundMs } from '../options/wait-options.ts'
import { type CallbackGate, type EntryListener, isGate, type Waiting } from './callback-gate.ts'
import type { Ask, AsyncGate, Gate, Permit, Refusal } from './gate.ts'
import { Held } from './held.ts'
import { askNow, isFinal, MAX_ROUNDS, Pursuit, remainder } from './pursuit.ts'
import { refusalError } from './refusal.ts'
import { type RunOptions, run } from './run.ts'

export { MAX_ROUNDS }

/** Options of a composition. */
export interface ComposeOptions {
  /** For the waits. @defaultValue `systemClock` */
  readonly clock?: Clock | undefined
}

/** The gate that said no, and what it said. */
interface Refused {
  readonly index: number
  readonly error: Error
}

/** A composition in which a gate may need time to answer. */
export class ComposedAsyncGate<G extends AsyncGate = AsyncGate> implements AsyncGate {
  /** The gates, in the order in which they are asked. Those of a composition among them stand for it. */
  readonly gates: readonly G[]
  /** Whether all of them only judge. */
  readonly isJudge: boolean
  readonly #clock: Clock

  /** @throws OptionError when there is no gate, one isn't a gate, or one is named twice */
  constructor(gates: readonly G[], { clock = systemClock }: ComposeOptions = {}) {
    this.gates = flattened(gates)
    checkGates(this.gates)
    this.isJudge = this.gates.every((gate) => gate.isJudge === true)
    this.#clock = clock
  }

  /**
   * Waits until all gates admit at once. A gate without `tryEnter` is asked with `timeoutMs: 0` while those
   * before it are held: name it first.
   *
   * @throws OverloadError with the code of the gate that refused; `signal.reason` when aborted
   */
  async enter(ask: Ask & WaitOptions = {}): Promise<Permit> {
    openWait('compose', ask)
    const held = new Held(this.gates)
    const startMs = this.#clock.nowMs()
    try {
      const refused = await askAll(this.gates, ask, held)
      return await waitForAll(ask, held, { gates: this.gates, clock: this.#clock, startMs, refused })
    } catch (error) {
      held.cancelAll()
      throw error
    }
  }

  /** `run` of this gate: enters, runs `work`, ends with the right outcome. */
  run<R>(work: () => R | PromiseLike<R>, options?: RunOptions<R>): Promise<R> {
    return run(this, work, options)
  }
}

/** A composition of gates that answer at once. */
export class ComposedGate extends ComposedAsyncGate<Gate> implements CallbackGate {
  readonly #clock: Clock

  /** @throws OptionError when there is no gate, one isn't a gate, or one is named twice */
  constructor(gates: readonly Gate[], options: ComposeOptions = {}) {
    super(gates, options)
    this.#clock = options.clock ?? systemClock
  }

  /** Admitted by all, or the refusal of the first that refused, with nothing taken from any. Never waits. */
  tryEnter(ask?: Ask): Permit | Refusal {
    const held = new Held(this.gates)
    try {
      const refused = askNow(this.gates, ask, held)
      if (!refused) return held.join()
      held.cancelAll()
      return refused.refusal
    } catch (error) {
      held.cancelAll()
      throw error
    }
  }

  /** `enter` with callbacks: without a promise for who need not wait, or may not. */
  request(ask: Ask & WaitOptions, listener: EntryListener): Waiting | undefined {
    if (hasLeft('compose', ask)) {
      listener.onAborted(ask.signal?.reason)
      return undefined
    }
    waitBoundMs('compose', ask)
    const { gates } = this
    return new Pursuit({ gates, clock: this.#clock, ask, held: new Held(gates) }, listener).start()
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

/** What a wait begins with: the gates, and the first no. */
interface Waited {
  readonly gates: readonly AsyncGate[]
  readonly clock: Clock
  readonly startMs: number
  readonly refused: Refused | undefined
}

/** Waits on one refuser after the other, until all admit. */
async function waitForAll(ask: Ask & WaitOptions, held: Held, first: Waited): Promise<Permit> {
  const { gates, clock, startMs } = first
  let { refused } = first
  for (let round = 0; refused; round++) {
    held.cancelPlaces()
    let left = remainder(ask, clock.nowMs() - startMs)
    if (isFinal(gates, refused.index, left) || round === MAX_ROUNDS) throw refused.error
    held.take(refused.index, await gates[refused.index]!.enter(left))
    left = remainder(ask, clock.nowMs() - startMs)
    refused = await askAll(gates, left, held)
  }
  return held.join()
}

/** Asks every gate whose permit is not there yet, without waiting, up to the first that refuses. */
async function askAll(
  gates: readonly AsyncGate[],
  ask: Ask & WaitOptions,
  held: Held,
): Promise<Refused | undefined> {
  for (const [index, gate] of gates.entries()) {
    if (held.has(index)) continue
    try {
      const answer = isGate(gate) ? gate.tryEnter(ask) : await gate.enter({ ...ask, timeoutMs: 0 })
      if (!answer.admitted) return { index, error: refusalError('compose', answer) }
      held.take(index, answer)
    } catch (error) {
      if (!isOverloadError(error)) throw error
      return { index, error }
    }
  }
  return undefined
}

/** A composition is no more than its gates: as one gate among others it would ask its judges again. */
function flattened<G extends AsyncGate>(gates: readonly G[]): readonly G[] {
  return gates.flatMap((gate) => (gate instanceof ComposedAsyncGate ? gate.gates : [gate]))
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
