/**
 * Policies made of a `Processor`: a queue with workers and time budgets.
 */
import {
  isOverloadError,
  Processor,
  type ProcessorOptions,
  RateLimiter,
  type Refusal,
  type WaitOptions,
} from 'spillway'
import type { MakePolicy, PolicyRoom, Work } from './policy.ts'

/** What the processor is made of, and how a request waits for its place. */
interface ProcessorPlan {
  readonly options: Pick<ProcessorOptions<Work, void>, 'capacity' | 'whenFull' | 'maxQueueMs' | 'startRate'>
  readonly wait: (work: Work) => WaitOptions
}

/** A `Processor` told the budget of each request; its capacity is there for the sake of memory only. */
export function processorWithBudget(): MakePolicy {
  return processorPolicy({
    options: { capacity: 1600, whenFull: 'reject' },
    wait: ({ patienceMs }) => ({ finishWithinMs: patienceMs }),
  })
}

/** A short queue; who finds it full waits for a place, but not longer than `enqueueTimeoutMs`. */
export function boundedBlocking(capacity: number, enqueueTimeoutMs: number): MakePolicy {
  return processorPolicy({
    options: { capacity, whenFull: 'block' },
    wait: () => ({ timeoutMs: enqueueTimeoutMs }),
  })
}

/** A short queue; who finds it full is refused and counted. */
export function dropNewest(capacity: number): MakePolicy {
  return processorPolicy({ options: { capacity, whenFull: 'reject' }, wait: () => ({}) })
}

/** A token bucket of `share` of the server's rate at the door that never waits, and a short queue behind it. */
export function rateLimited(share: number, capacity: number): MakePolicy {
  return (room) => {
    const ratePerSecond = share * room.ratePerSecond
    const limiter = new RateLimiter({ ratePerSecond, burst: room.slots, clock: room.clock })
    const queue = dropNewest(capacity)(room)
    return {
      offer(work) {
        if (limiter.allow()) queue.offer(work)
        else work.refuse('ERR_RATE_LIMITED')
      },
    }
  }
}

/** A processor as `plan` says, as a policy. */
export function processorPolicy({ options, wait }: ProcessorPlan): MakePolicy {
  return ({ clock, slots, random }: PolicyRoom) => {
    const processor = new Processor<Work, void>({
      ...options,
      concurrency: slots,
      handle: (work) => new Doing(work),
      clock,
      random,
    })
    return { offer: (work) => processor.submit(work, wait(work), new Told(work)) }
  }
}

/** Tells a request what became of it. A class, since a replay makes millions of them. */
class Told {
  readonly #work: Work

  constructor(work: Work) {
    this.#work = work
  }

  refused({ code }: Refusal): void {
    this.#work.refuse(code)
  }

  /** It was removed from the queue: work itself doesn't fail here. */
  failed(error: unknown): void {
    this.#work.refuse(isOverloadError(error) ? error.code : 'ERR_CLOSED')
  }
}

/** A thenable that settles in the instant in which the work is done: promises know no virtual time. */
class Doing implements PromiseLike<void> {
  readonly #work: Work

  constructor(work: Work) {
    this.#work = work
  }

  // biome-ignore lint/suspicious/noThenProperty: a thenable is what the handler returns
  then(onDone?: (() => unknown) | null): never {
    // Well or not: who asked has been told, and a concurrency that is fixed learns nothing from it.
    this.#work.start(() => onDone?.())
    // Nobody chains on it: the processor only waits for its end.
    return this as never
  }
}
