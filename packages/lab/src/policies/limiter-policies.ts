/**
 * Policies made of one `ConcurrencyLimiter`, from the plainest queue to the
 * limits that learn.
 */
import {
  Codel,
  ConcurrencyLimiter,
  type ConcurrencyLimiterOptions,
  type Permit,
  type WaitOptions,
} from 'spillway'
import type { MakePolicy, PolicyRoom, Work } from './policy.ts'

/** How a request enters: with which bounds, and what the limiter is made of. */
interface LimiterPlan {
  readonly options: (room: PolicyRoom) => Omit<ConcurrencyLimiterOptions, 'clock'>
  readonly wait?: (work: Work) => WaitOptions
}

const unboundedWait = { order: 'fifo', maxWaitMs: Number.POSITIVE_INFINITY } as const

/** A queue of at most `maxWaiting`, first come, first served. With a million it is the unbounded queue. */
export function fifo(maxWaiting: number): MakePolicy {
  return limiterPolicy({ options: ({ slots }) => ({ limit: slots, maxWaiting, ...unboundedWait }) })
}

/** The same, left by those whose client has gone. */
export function fifoWithCancel(maxWaiting: number): MakePolicy {
  return limiterPolicy({
    options: ({ slots }) => ({ limit: slots, maxWaiting, ...unboundedWait }),
    wait: ({ patienceMs }) => ({ timeoutMs: patienceMs }),
  })
}

/** Refuses what is predicted not to finish in time, first come, first served. */
export function budget(): MakePolicy {
  return limiterPolicy({
    options: ({ slots }) => ({ limit: slots, maxWaiting: 1600, ...unboundedWait }),
    wait: ({ patienceMs }) => ({ finishWithinMs: patienceMs }),
  })
}

/** CoDel at the turn, on a queue that is bounded only for the sake of memory. */
export function codel(targetMs: number, intervalMs: number): MakePolicy {
  return limiterPolicy({
    options: ({ slots }) => ({
      limit: slots,
      maxWaiting: 1_000_000,
      ...unboundedWait,
      atTurn: new Codel({ targetMs, intervalMs }),
    }),
  })
}

/** Newest first while the queue stands; 5 ms of patience then, 100 ms in a burst. */
export function adaptiveLifo(): MakePolicy {
  return limiterPolicy({
    options: ({ slots }) => ({ limit: slots, maxWaiting: 1600, order: 'adaptive-lifo', maxWaitMs: 100 }),
  })
}

/** A `ConcurrencyLimiter` as it comes, told the limit and the budget. */
export function limiterDefaults(): MakePolicy {
  return limiterPolicy({
    options: ({ slots }) => ({ limit: slots }),
    wait: ({ patienceMs }) => ({ finishWithinMs: patienceMs }),
  })
}

/** A limit that learns, in front of a server of which it knows nothing. */
export function learning(makeLimit: () => Exclude<ConcurrencyLimiterOptions['limit'], number>): MakePolicy {
  return limiterPolicy({
    options: () => ({ limit: makeLimit() }),
    wait: ({ patienceMs }) => ({ finishWithinMs: patienceMs }),
  })
}

function limiterPolicy({ options, wait = () => ({}) }: LimiterPlan): MakePolicy {
  return (room) => {
    const limiter = new ConcurrencyLimiter({ ...options(room), clock: room.clock })
    return {
      limit: () => limiter.limit,
      offer(work) {
        limiter.request(wait(work), {
          onAdmitted: (permit: Permit) => work.start((outcome) => permit.end(outcome)),
          onRefused: ({ code }) => work.refuse(code),
          onAborted: () => work.refuse('ERR_WAIT_TIMEOUT'),
        })
      },
    }
  }
}
