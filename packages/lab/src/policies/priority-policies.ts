/**
 * Policies that shed by importance: a `PriorityShedder` in front of a queue.
 */
import { ConcurrencyLimiter, type OverloadCode, PriorityShedder } from 'spillway'
import type { MakePolicy } from './policy.ts'

/** The shedder as it comes, in front of a limiter first come, first served, told the budgets. */
export function shedByImportance(): MakePolicy {
  return ({ clock, random, slots }) => {
    const shedder = new PriorityShedder({ clock, random })
    const limiter = new ConcurrencyLimiter({ limit: slots, order: 'fifo', atTurn: shedder, clock })
    return {
      offer(work) {
        const place = shedder.tryEnter({ criticality: work.criticality, key: work.key })
        if (!place.admitted) {
          work.refuse(place.code)
          return
        }
        const refuse = (code: OverloadCode): void => {
          place.cancel()
          work.refuse(code)
        }
        limiter.request(
          { finishWithinMs: work.patienceMs },
          {
            onAdmitted: (permit) =>
              work.start((outcome) => {
                permit.end(outcome)
                place.end(outcome)
              }),
            onRefused: ({ code }) => refuse(code),
            onAborted: () => refuse('ERR_WAIT_TIMEOUT'),
          },
        )
      },
    }
  }
}
