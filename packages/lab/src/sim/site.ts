/**
 * One instance of the service: its policy, its server, and who is inside.
 */
import type { Policy } from '../policies/policy.ts'
import type { Backend } from './backend.ts'

/** Someone inside an instance. */
export interface Guest {
  /** The instance died, and with it the request. */
  lost(): void
}

/** An instance. It dies when more are inside than it has memory for. */
export class Site {
  readonly policy: Policy
  readonly backend: Backend
  readonly #guests = new Set<Guest>()
  readonly #mostInside: number
  readonly #onDeath: () => void
  #dead = false

  constructor(
    { policy, backend }: { readonly policy: Policy; readonly backend: Backend },
    { mostInside, onDeath }: { readonly mostInside: number; readonly onDeath: () => void },
  ) {
    this.policy = policy
    this.backend = backend
    this.#mostInside = mostInside
    this.#onDeath = onDeath
  }

  /** Requests taken that are neither refused nor done. */
  get inside(): number {
    return this.#guests.size
  }

  /** It answers nobody any more. */
  get dead(): boolean {
    return this.#dead
  }

  /** Somebody comes in, unless that is one too many: then all inside are lost, and `false` is the answer. */
  enter(guest: Guest): boolean {
    if (this.#guests.size < this.#mostInside) {
      this.#guests.add(guest)
      return true
    }
    this.#dead = true
    const all = [...this.#guests]
    this.#guests.clear()
    this.#onDeath()
    for (const each of all) each.lost()
    return false
  }

  /** Somebody leaves. */
  leave(guest: Guest): void {
    this.#guests.delete(guest)
  }
}
