/**
 * The lane of one key, and a job's place in it.
 *
 * Floor 4: imports `queues`.
 */
import { type Linked, LinkedList } from '../queues/linked-list.ts'

/** A job's place in its lane; the job's own links hold its place in the order of arrival. */
export class LaneSeat<J> implements Linked<LaneSeat<J>> {
  prev: LaneSeat<J> | undefined = undefined
  next: LaneSeat<J> | undefined = undefined
  list: unknown = undefined
  readonly job: J
  readonly lane: Lane<J>

  constructor(job: J, lane: Lane<J>) {
    this.job = job
    this.lane = lane
  }
}

/** One key: its jobs in order, and its turn among the keys that are ready. */
export class Lane<J> implements Linked<Lane<J>> {
  prev: Lane<J> | undefined = undefined
  next: Lane<J> | undefined = undefined
  list: unknown = undefined
  readonly key: string
  readonly seats: LinkedList<LaneSeat<J>> = new LinkedList()
  /** Whether one of its jobs is in flight or between two attempts. */
  busy = false

  constructor(key: string) {
    this.key = key
  }
}
