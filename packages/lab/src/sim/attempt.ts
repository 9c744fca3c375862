/**
 * One attempt at a call, as the policy sees it.
 */
import type { Clock, Criticality, Outcome, OverloadCode } from 'spillway'
import type { Work } from '../policies/policy.ts'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'
import type { Guest, Site } from './site.ts'

/** Who makes the attempt. */
export interface Caller {
  readonly criticality: Criticality
  readonly key: string
  readonly room: {
    readonly clock: Clock
    readonly fleet: Fleet
    readonly journal: Journal
    readonly timeoutMs: number
  }
  /** The attempt was answered in time. */
  answered(nowMs: number): void
  /** It was refused, lost, or timed out. */
  failed(): void
}

/** From the sending of a request to its answer, its refusal, or the end of the client's patience. */
export class Attempt implements Work, Guest {
  readonly criticality: Criticality
  readonly key: string
  readonly patienceMs: number
  readonly #caller: Caller
  readonly #sentMs: number
  #stopWaiting: () => void = () => {}
  #waiting = true
  #site: Site | undefined

  constructor(caller: Caller) {
    this.#caller = caller
    this.criticality = caller.criticality
    this.key = caller.key
    this.patienceMs = caller.room.timeoutMs
    this.#sentMs = caller.room.clock.nowMs()
  }

  /** Goes to an instance that lives, when there is one. */
  send(): void {
    const { clock, journal, fleet } = this.#caller.room
    this.#stopWaiting = clock.schedule(this.patienceMs, () => {
      this.#waiting = false
      journal.count('expired', clock.nowMs())
      this.#caller.failed()
    })
    this.#site = fleet.pick()
    if (!this.#site) {
      this.refuse('ERR_CLOSED')
      return
    }
    if (this.#site.enter(this)) this.#site.policy.offer(this)
    else this.lost()
  }

  start(done: (outcome: Outcome) => void): void {
    const site = this.#site!
    site.backend.submit((outcome) => {
      if (site.dead) return
      site.leave(this)
      if (outcome === 'success') this.#answered()
      else this.#failedAtWork()
      done(outcome)
    })
  }

  refuse(code: OverloadCode): void {
    const { journal, clock } = this.#caller.room
    this.#site?.leave(this)
    journal.refused(code, this.#sentMs, clock.nowMs())
    this.#fail()
  }

  lost(): void {
    const { journal, clock } = this.#caller.room
    journal.count('lost', clock.nowMs())
    this.#fail()
  }

  #failedAtWork(): void {
    const { journal, clock } = this.#caller.room
    journal.count('failed', clock.nowMs())
    this.#fail()
  }

  #fail(): void {
    if (!this.#waiting) return
    this.#waiting = false
    this.#stopWaiting()
    this.#caller.failed()
  }

  #answered(): void {
    const { journal, clock } = this.#caller.room
    const nowMs = clock.nowMs()
    journal.done(this.#sentMs, nowMs, this.#waiting)
    if (!this.#waiting) return
    this.#waiting = false
    this.#stopWaiting()
    this.#caller.answered(nowMs)
  }
}
