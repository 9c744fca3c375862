/**
 * Several jobs that get their places together, or none.
 *
 * Floor 4: imports nothing outside `work`.
 */
import type { Job } from './job.ts'
import { Newcomer } from './newcomer.ts'

/** A batch that asks for places. */
export class Batch<T, R> extends Newcomer<Job<T, R>> {
  readonly places: number
  readonly weight: number
  readonly #jobs: readonly Job<T, R>[]

  constructor(jobs: readonly Job<T, R>[]) {
    super()
    this.#jobs = jobs
    this.places = jobs.length
    this.weight = totalWeight(jobs)
  }

  eachJob(visit: (job: Job<T, R>) => void): void {
    for (const job of this.#jobs) visit(job)
  }
}

/** What jobs weigh together. */
export function totalWeight(jobs: readonly { readonly weight: number }[]): number {
  let weight = 0
  for (const job of jobs) weight += job.weight
  return weight
}
