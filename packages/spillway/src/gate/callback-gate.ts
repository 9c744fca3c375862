/**
 * A gate that answers by callback: the same answers as `enter`, without a
 * promise for those who need not wait, and without a signal for those who do.
 *
 * Absent: queues; who waits where is the gate's own business.
 * Floor 2: imports `errors`, `options`, `queues`.
 */
import { isOverloadError } from '../errors/overload-error.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { listenForAbort, stopListening } from '../queues/abort-fan.ts'
import type { Ask, AsyncGate, Gate, Permit, Refusal } from './gate.ts'
import { refusal } from './refusal.ts'

/** What a gate tells to one who asked: exactly one of these, exactly once. Must not throw. */
export interface EntryListener {
  /** Leave to start. */
  onAdmitted(permit: Permit): void
  /** Refused. */
  onRefused(refusal: Refusal): void
  /** The ask's signal aborted, or the one who waited has left. */
  onAborted(reason: unknown): void
  /** The gate itself failed, for gates that can. Without it `onAborted` is told. */
  onFailed?(error: unknown): void
}

/** One who waits for an answer. */
export interface Waiting {
  /** Gives up the place in the line, and hears of it as `onAborted(reason)`. Without effect once it was answered. */
  abandon(reason: unknown): void
}

/** A gate that answers by callback. */
export interface CallbackGate extends Gate {
  /**
   * Waits for leave to start, within the bounds given. The listener is called once, before `request` returns when
   * the answer is known.
   *
   * @returns the place in the line; `undefined` when the listener has its answer
   * @throws OptionError for a wrong ask
   */
  request(ask: Ask & WaitOptions, listener: EntryListener): Waiting | undefined
}

/** Whether `gate` answers at once. */
export function isGate(gate: AsyncGate): gate is Gate {
  return 'tryEnter' in gate && typeof gate.tryEnter === 'function'
}

/** Whether `gate` answers by callback. */
export function isCallbackGate(gate: AsyncGate): gate is CallbackGate {
  return isGate(gate) && 'request' in gate && typeof gate.request === 'function'
}

/**
 * Tells a listener that it is admitted. One that throws has not taken its permit: it is given back.
 *
 * @throws what the listener throws
 */
export function handOver(listener: EntryListener, permit: Permit): void {
  try {
    listener.onAdmitted(permit)
  } catch (error) {
    permit.cancel()
    throw error
  }
}

/**
 * Waits by a promise for one who is told by callback. `enter` gets the ask with a signal that aborts when the one who
 * waits leaves.
 */
export function waitByPromise(
  ask: Ask & WaitOptions,
  listener: EntryListener,
  enter: (ask: Ask & WaitOptions) => Promise<Permit>,
): Waiting {
  const leaving = new AbortController()
  const { signal } = leaving
  const leave = (reason: unknown): void => leaving.abort(reason)
  if (ask.signal?.aborted) leave(ask.signal.reason)
  // First: a gate that throws here, instead of rejecting, leaves nobody listening.
  const entering = enter({ ...ask, signal })
  const seat = ask.signal && listenForAbort(ask.signal, leave)
  if (ask.signal?.aborted) leave(ask.signal.reason)
  entering
    .finally(() => seat && stopListening(seat))
    .then(
      (permit) => handOver(listener, permit),
      (error: unknown) => {
        if (isOverloadError(error)) listener.onRefused(refusal(error.code, error.retryAfterMs))
        else if (signal.aborted || !listener.onFailed) listener.onAborted(error)
        else listener.onFailed(error)
      },
    )
  return { abandon: leave }
}
