/**
 * Permits that are made of other permits, or of nothing.
 *
 * Floor 2: imports nothing outside `gate`.
 */
import type { Outcome, Permit } from './gate.ts'

/** A permit that took nothing, for gates that only say yes or no. It is shared: there is nothing to end. */
export const EMPTY_PERMIT: Permit = { admitted: true, end() {}, cancel() {} }

/** A permit that is settled once, whatever is called how often. Subclasses say what that means. */
export abstract class OncePermit implements Permit {
  readonly admitted = true
  #held = true

  /** The work has ended. */
  protected abstract onEnd(outcome: Outcome): void
  /** The work never started. */
  protected abstract onCancel(): void

  end(outcome: Outcome = 'success'): void {
    if (!this.#held) return
    this.#held = false
    this.onEnd(outcome)
  }

  cancel(): void {
    if (!this.#held) return
    this.#held = false
    this.onCancel()
  }
}

/** Several permits ended as one, the last one taken first. Ending it again does nothing. */
export class JoinedPermit implements Permit {
  readonly admitted = true
  #held: readonly Permit[]

  constructor(held: readonly Permit[]) {
    this.#held = held
  }

  end(outcome?: Outcome): void {
    settleAll(this.#take(), (permit) => permit.end(outcome))
  }

  cancel(): void {
    settleAll(this.#take(), (permit) => permit.cancel())
  }

  #take(): readonly Permit[] {
    const held = this.#held
    this.#held = []
    return held
  }
}

/** Settles every permit, the last one first, also when one of them throws; the first error is thrown on. */
export function settleAll(held: readonly Permit[], settle: (permit: Permit) => void): void {
  const errors: unknown[] = []
  for (const permit of held.toReversed()) {
    try {
      settle(permit)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}
