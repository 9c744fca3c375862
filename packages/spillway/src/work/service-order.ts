/**
 * In which order queued jobs are served: first come, first served within each
 * class of criticality, the most important class first.
 *
 * Floor 4: imports `gate`, `queues`.
 */
import { CRITICALITIES } from '../gate/criticality.ts'
import { LinkedList } from '../queues/linked-list.ts'
import type { Job } from './job.ts'

/** Queued jobs in the order of their service. Every operation costs O(1). */
export interface ServiceOrder<T, R> {
  /** How many can be served now or later; jobs whose key is busy are included. */
  readonly size: number
  add(job: Job<T, R>): void
  /** Puts a job that comes back from a failed attempt before all others of its class. */
  addFirst(job: Job<T, R>): void
  /** Takes the next job to serve. */
  next(): Job<T, R> | undefined
  /** The next job to serve, left where it is. */
  peek(): Job<T, R> | undefined
  remove(job: Job<T, R>): boolean
  /** The job has ended: what waits for its key may go on. */
  release(job: Job<T, R>): void
  /** How many would be served before a newcomer of this rank. */
  ahead(rank: number): number
  /** The oldest of the least important, if it is less important than `rank`; of all with rank -1. */
  lowestBelow(rank: number): Job<T, R> | undefined
  /** How many are less important than `rank`; all with rank -1. */
  countBelow(rank: number): number
  /** What they weigh together. */
  weightBelow(rank: number): number
}

/** First come, first served in each class; with one class, simply first come, first served. */
export class ByCriticality<T, R> implements ServiceOrder<T, R> {
  readonly #classes: readonly LinkedList<Job<T, R>>[] = CRITICALITIES.map(() => new LinkedList<Job<T, R>>())
  readonly #weights: number[] = CRITICALITIES.map(() => 0)
  #size = 0

  get size(): number {
    return this.#size
  }

  add(job: Job<T, R>): void {
    this.#classes[job.rank]!.pushBack(job)
    this.#weights[job.rank]! += job.weight
    this.#size++
  }

  addFirst(job: Job<T, R>): void {
    this.#classes[job.rank]!.pushFront(job)
    this.#weights[job.rank]! += job.weight
    this.#size++
  }

  peek(): Job<T, R> | undefined {
    for (const jobs of this.#classes) if (jobs.head) return jobs.head
    return undefined
  }

  /** The one that has been queued longest, of any class. */
  get oldest(): Job<T, R> | undefined {
    let oldest: Job<T, R> | undefined
    for (const { head } of this.#classes) {
      if (head && (!oldest || head.queuedMs < oldest.queuedMs)) oldest = head
    }
    return oldest
  }

  next(): Job<T, R> | undefined {
    const job = this.peek()
    if (job) this.remove(job)
    return job
  }

  remove(job: Job<T, R>): boolean {
    const jobs = this.#classes[job.rank]!
    if (!jobs.remove(job)) return false
    // What rounding left behind is forgotten with the last job.
    this.#weights[job.rank] = jobs.size === 0 ? 0 : this.#weights[job.rank]! - job.weight
    this.#size--
    return true
  }

  release(_job: Job<T, R>): void {}

  ahead(rank: number): number {
    let ahead = 0
    for (let r = 0; r <= rank; r++) ahead += this.#classes[r]!.size
    return ahead
  }

  lowestBelow(rank: number): Job<T, R> | undefined {
    for (let r = this.#classes.length - 1; r > rank; r--) {
      const head = this.#classes[r]!.head
      if (head) return head
    }
    return undefined
  }

  countBelow(rank: number): number {
    return this.#size - this.ahead(rank)
  }

  weightBelow(rank: number): number {
    let weight = 0
    for (let r = this.#weights.length - 1; r > rank; r--) weight += this.#weights[r]!
    return weight
  }
}
