/**
 * The permits that a composition has so far, one for each gate.
 *
 * Floor 2: imports nothing outside `gate`.
 */
import type { AsyncGate, Permit } from './gate.ts'
import { JoinedPermit, settleAll } from './permits.ts'

/** Permits by the index of their gate. */
export class Held {
  readonly #gates: readonly AsyncGate[]
  #permits: (Permit | undefined)[] = []

  constructor(gates: readonly AsyncGate[]) {
    this.#gates = gates
  }

  /** Whether the gate has admitted. */
  has(index: number): boolean {
    return this.#permits[index] !== undefined
  }

  /** The gate has admitted. */
  take(index: number, permit: Permit): void {
    this.#permits[index] = permit
  }

  /** Gives back what others could miss; judgements stand. */
  cancelPlaces(): void {
    const places = this.#permits.filter((permit, index) => permit && this.#gates[index]!.isJudge !== true)
    this.#permits = this.#permits.map((permit, index) =>
      this.#gates[index]!.isJudge === true ? permit : undefined,
    )
    settleAll(present(places), cancel)
  }

  /** Gives back everything. */
  cancelAll(): void {
    const permits = present(this.#permits)
    this.#permits = []
    settleAll(permits, cancel)
  }

  /** All of them as one. */
  join(): Permit {
    return new JoinedPermit(present(this.#permits))
  }
}

const cancel = (permit: Permit): void => permit.cancel()

function present(permits: readonly (Permit | undefined)[]): Permit[] {
  return permits.filter((permit) => permit !== undefined)
}
