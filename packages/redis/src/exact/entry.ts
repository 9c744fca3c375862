/**
 * One ask on its way: the question to Redis, the wait for the slot, and all
 * that can come in between. It leaves once, and leaves nothing behind.
 */
import type { Cancel, Clock, Permit } from 'spillway'
import type { Answer, ScriptCall } from '../connection/redis-link.ts'
import type { Script } from '../connection/script.ts'
import { whenAborted } from '../ledger/departures.ts'
import { type Decision, readDecision } from './decision.ts'
import { DECIDE } from './gcra-script.ts'

/** What is asked, with all defaults filled in. */
export interface Asked {
  readonly key: string
  readonly cost: number
  /** How long the caller waits, in milliseconds. */
  readonly boundMs: number
  /** How long it may wait for its slot: as long, or 0 when as many wait as may. */
  readonly slotBoundMs: number
  readonly signal: AbortSignal | undefined
  /** The key on Redis, and what its script is told. */
  readonly redisKey: string
  readonly args: readonly string[]
}

/** The promise of an ask under way. */
export interface Awaited {
  resolve(permit: Permit): void
  reject(reason: unknown): void
}

/** How an entry ends, as its limiter sees it. Each is called once, after the entry has left. */
export interface EntryDesk {
  readonly clock: Clock
  /** Asks Redis. */
  ask(entry: Entry): void
  admit(entry: Entry): void
  refuse(entry: Entry, decision: Decision): void
  abandon(entry: Entry): void
  outOfPatience(entry: Entry): void
  /** Decides without Redis. */
  decideAlone(entry: Entry, fault: unknown): void
  /** Gives tokens back that will not be used. */
  giveBack(asked: Asked, decision: Decision): void
}

/** One ask. */
export class Entry implements ScriptCall {
  readonly script: Script = DECIDE
  readonly asked: Asked
  readonly awaited: Awaited
  /** Set by the limiter, whoever decided: tokens of a late answer are then well spent. */
  isAdmitted = false
  readonly #desk: EntryDesk
  readonly #sinceMs: number
  #isOpen = true
  /** The tokens are taken, and the slot is still to come. */
  #slot: Decision | undefined
  #timer: Cancel | undefined
  #stopListening: (() => void) | undefined

  constructor(desk: EntryDesk, asked: Asked, awaited: Awaited) {
    this.#desk = desk
    this.asked = asked
    this.awaited = awaited
    this.#sinceMs = desk.clock.nowMs()
  }

  get key(): string {
    return this.asked.redisKey
  }

  get args(): readonly string[] {
    return this.asked.args
  }

  /** What is left of the caller's patience, in milliseconds. */
  get patienceMs(): number {
    return Math.max(0, this.asked.boundMs - (this.#desk.clock.nowMs() - this.#sinceMs))
  }

  start(): void {
    const { boundMs, signal } = this.asked
    if (signal) this.#stopListening = whenAborted(signal, () => this.#abandon())
    if (boundMs > 0) this.#timer = this.#desk.clock.schedule(boundMs, () => this.#outOfPatience())
    this.#desk.ask(this)
  }

  /** Ends all that the entry set up, gives an unused slot back, and tells whether it was still under way. */
  leave(): boolean {
    const wasOpen = this.#isOpen
    this.#isOpen = false
    this.#timer?.()
    this.#stopListening?.()
    if (this.#slot) this.#desk.giveBack(this.asked, this.#slot)
    this.#slot = undefined
    return wasOpen
  }

  settle(answer: Answer): void {
    if (!this.#isOpen) {
      if (answer.ok) this.onLate(answer.reply)
    } else if (answer.ok) {
      const decision = decisionOrFault(answer.reply)
      if ('fault' in decision) this.#onFault(decision.fault)
      else this.#onDecision(decision)
    } else {
      this.#onFault(answer.fault)
    }
  }

  /** The answer of Redis came after the end: its tokens go back, unless somebody else admitted the ask. */
  onLate(reply: unknown): void {
    const decision = decisionOrFault(reply)
    if ('fault' in decision || !decision.isGranted || this.isAdmitted) return
    this.#desk.giveBack(this.asked, decision)
  }

  #onDecision(decision: Decision): void {
    if (decision.isGranted && decision.waitMs > 0 && decision.waitMs <= this.patienceMs) {
      this.#timer?.()
      this.#slot = decision
      this.#timer = this.#desk.clock.schedule(decision.waitMs, () => this.#onSlot())
      return
    }
    this.leave()
    if (decision.isGranted && decision.waitMs === 0) {
      this.#desk.admit(this)
      return
    }
    // The answer itself took part of the patience: the slot would come too late.
    if (decision.isGranted) this.#desk.giveBack(this.asked, decision)
    this.#desk.refuse(this, decision)
  }

  #onFault(fault: unknown): void {
    this.leave()
    this.#desk.decideAlone(this, fault)
  }

  #onSlot(): void {
    this.#slot = undefined
    if (this.leave()) this.#desk.admit(this)
  }

  #outOfPatience(): void {
    if (this.leave()) this.#desk.outOfPatience(this)
  }

  #abandon(): void {
    if (this.leave()) this.#desk.abandon(this)
  }
}

function decisionOrFault(reply: unknown): Decision | { readonly fault: unknown } {
  try {
    return readDecision(reply)
  } catch (fault) {
    return { fault }
  }
}
