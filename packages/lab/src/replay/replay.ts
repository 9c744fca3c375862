/**
 * Replays a trace against a policy, in virtual time.
 *
 * The trace says how many came in each bin; within a bin they come at random.
 * The loop below makes the arrivals itself and lets the clock run in between,
 * and keeps no record of a request but a few counts: tens of millions pass.
 */
import type { Outcome, OverloadCode } from 'spillway'
import { seededRandom, VirtualClock } from 'spillway/testing'
import type { MakePolicy, Work } from '../policies/policy.ts'
import { Tally } from './tally.ts'
import type { Trace } from './trace.ts'

/** What is replayed, against what. */
export interface ReplayPlan {
  readonly trace: Trace
  readonly makePolicy: MakePolicy
  readonly slots: number
  /** What the server does per second. */
  readonly serviceRate: number
  readonly deadlineMs: number
  /** Multiplies the counts. */
  readonly scale: number
  readonly seed: number
  /** Told of the share that is done. */
  readonly onBin?: ((requests: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** Those who waited longer than this before their work began were delayed. */
export const DELAYED_MS = 10

/** How often others get a turn. */
const PAUSE_EVERY_BINS = 64

/** The replay; resolves with what happened, up to the abort if there is one. */
export async function replay(plan: ReplayPlan): Promise<Tally> {
  const room = new ReplayRoom(plan)
  const { trace, scale, signal, onBin } = plan
  let carry = 0
  for (const [bin, count] of trace.counts.entries()) {
    if (signal?.aborted) return room.finish(bin * trace.binMs)
    const wanted = count * scale + carry
    const arrivals = Math.floor(wanted)
    carry = wanted - arrivals
    room.bin(bin * trace.binMs, arrivals)
    onBin?.(arrivals)
    if (bin % PAUSE_EVERY_BINS === 0) await new Promise(setImmediate)
  }
  return room.finish(trace.counts.length * trace.binMs)
}

class ReplayRoom {
  readonly clock = new VirtualClock()
  readonly tally: Tally
  readonly #plan: ReplayPlan
  readonly #arrivals: () => number
  readonly #service: () => number
  readonly #meanMs: number
  readonly #policy: ReturnType<MakePolicy>
  readonly #queue: (() => void)[] = []
  #first = 0
  #busy = 0

  constructor(plan: ReplayPlan) {
    this.#plan = plan
    const { slots, serviceRate, seed, trace } = plan
    this.#meanMs = (1000 * slots) / serviceRate
    this.#service = seededRandom(seed * 16 + 1)
    const random = seededRandom(seed * 16 + 2)
    this.#arrivals = seededRandom(seed * 16 + 4)
    this.tally = new Tally(trace)
    this.#policy = plan.makePolicy({ clock: this.clock, random, slots, ratePerSecond: serviceRate })
  }

  /** `count` requests at random within the bin that begins at `fromMs`, in the order of their time. */
  bin(fromMs: number, count: number): void {
    const endMs = fromMs + this.#plan.trace.binMs
    const { clock, tally } = this
    let atMs = fromMs
    for (let left = count; left > 0; left--) {
      atMs += (endMs - atMs) * (1 - (1 - this.#arrivals()) ** (1 / left))
      clock.advanceTo(atMs)
      tally.arrived(atMs)
      this.#policy.offer(new Replayed(this, atMs, this.#plan.deadlineMs))
    }
    clock.advanceTo(endMs)
  }

  finish(untilMs: number): Tally {
    this.clock.advance(this.#plan.deadlineMs)
    this.tally.end(untilMs)
    return this.tally
  }

  /** Does work when a slot is free. */
  submit(begin: () => void): void {
    if (this.#busy < this.#plan.slots) this.#begin(begin)
    else this.#queue.push(begin)
  }

  #begin(begin: () => void): void {
    this.#busy++
    begin()
  }

  /** Schedules the end of work that begins now. */
  work(done: () => void): void {
    this.clock.schedule(-Math.log(1 - this.#service()) * this.#meanMs, () => {
      this.#busy--
      const next = this.#queue[this.#first]
      if (next) {
        this.#first++
        if (this.#first > 1024 && 2 * this.#first > this.#queue.length) {
          this.#queue.splice(0, this.#first)
          this.#first = 0
        }
        this.#begin(next)
      }
      done()
    })
  }
}

/** One request of the trace. */
class Replayed implements Work {
  readonly criticality = 'critical'
  readonly key = 'anyone'
  readonly patienceMs: number
  readonly #room: ReplayRoom
  readonly #arrivedMs: number

  constructor(room: ReplayRoom, arrivedMs: number, patienceMs: number) {
    this.#room = room
    this.#arrivedMs = arrivedMs
    this.patienceMs = patienceMs
  }

  start(done: (outcome: Outcome) => void): void {
    const { clock, tally } = this.#room
    this.#room.submit(() => {
      const isDelayed = clock.nowMs() - this.#arrivedMs > DELAYED_MS
      this.#room.work(() => {
        const inTime = clock.nowMs() - this.#arrivedMs <= this.patienceMs
        tally.answered(this.#arrivedMs, inTime, isDelayed)
        done('success')
      })
    })
  }

  refuse(code: OverloadCode): void {
    this.#room.tally.refused(this.#arrivedMs, code)
  }
}
