/**
 * One flush of a `Collector`, as a job of its own: what is flushed, and how
 * often that was tried.
 *
 * Floor 4: imports nothing outside `work`.
 */
import { Job, type JobTraits } from './job.ts'

/** A flush is queued nowhere: it has no weight, importance or key. */
const NONE: JobTraits = { weight: 0, rank: 0, key: undefined }

/** A batch that is worked on as one. */
export class FlushJob<T> extends Job<readonly T[], unknown> {
  constructor(jobs: readonly Job<T, void>[]) {
    super(
      jobs.map(({ item }) => item),
      NONE,
      undefined,
    )
    this.measured = true
  }

  override get size(): number {
    return this.item.length
  }
}
