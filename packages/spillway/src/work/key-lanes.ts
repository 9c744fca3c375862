/**
 * Service order by key: items of one key one after the other, in order of
 * arrival; keys take turns. A key whose item is in flight, or waits for a
 * retry, blocks its own lane alone.
 *
 * Floor 4: imports `queues`.
 */
import { LinkedList } from '../queues/linked-list.ts'
import type { Job } from './job.ts'
import { Lane, LaneSeat } from './lane.ts'
import type { ServiceOrder } from './service-order.ts'

/** One lane a key. Memory is kept for keys that have jobs only. */
export class ByKey<T, R> implements ServiceOrder<T, R> {
  readonly #arrivals = new LinkedList<Job<T, R>>()
  readonly #lanes = new Map<string, Lane<Job<T, R>>>()
  readonly #turns = new LinkedList<Lane<Job<T, R>>>()
  #weight = 0

  get size(): number {
    return this.#arrivals.size
  }

  add(job: Job<T, R>): void {
    const lane = this.#laneOf(job)
    job.seat = new LaneSeat(job, lane)
    lane.seats.pushBack(job.seat)
    this.#arrivals.pushBack(job)
    this.#weight += job.weight
    if (!lane.busy && lane.seats.size === 1) this.#turns.pushBack(lane)
  }

  addFirst(job: Job<T, R>): void {
    const lane = this.#laneOf(job)
    job.seat = new LaneSeat(job, lane)
    lane.seats.pushFront(job.seat)
    this.#arrivals.pushFront(job)
    this.#weight += job.weight
    lane.busy = false
    if (lane.list === undefined) this.#turns.pushFront(lane)
  }

  peek(): Job<T, R> | undefined {
    return this.#turns.head?.seats.head?.job
  }

  next(): Job<T, R> | undefined {
    const lane = this.#turns.head
    const job = lane?.seats.head?.job
    if (!lane || !job) return undefined
    this.#turns.remove(lane)
    this.#unseat(job)
    lane.busy = true
    return job
  }

  remove(job: Job<T, R>): boolean {
    const lane = job.seat?.lane
    if (!lane || !this.#unseat(job)) return false
    if (lane.seats.size === 0) {
      this.#turns.remove(lane)
      if (!lane.busy) this.#lanes.delete(lane.key)
    }
    return true
  }

  release(job: Job<T, R>): void {
    const lane = this.#lanes.get(job.key ?? '')
    if (!lane?.busy) return
    lane.busy = false
    if (lane.seats.size > 0) this.#turns.pushBack(lane)
    else this.#lanes.delete(lane.key)
  }

  ahead(_rank: number): number {
    return this.#arrivals.size
  }

  lowestBelow(rank: number): Job<T, R> | undefined {
    return rank < 0 ? this.#arrivals.head : undefined
  }

  countBelow(rank: number): number {
    return rank < 0 ? this.#arrivals.size : 0
  }

  weightBelow(rank: number): number {
    return rank < 0 ? this.#weight : 0
  }

  #laneOf(job: Job<T, R>): Lane<Job<T, R>> {
    const key = job.key ?? ''
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = new Lane(key)
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #unseat(job: Job<T, R>): boolean {
    const seat = job.seat
    if (!seat || !this.#arrivals.remove(job)) return false
    this.#weight = this.#arrivals.size === 0 ? 0 : this.#weight - job.weight
    seat.lane.seats.remove(seat)
    job.seat = undefined
    return true
  }
}
