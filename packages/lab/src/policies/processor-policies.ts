/**
 * Policies made of a `Processor`: a queue with workers and time budgets.
 */
import { OverloadError, Processor } from 'spillway'
import type { MakePolicy, Work } from './policy.ts'

/** A `Processor` told the budget of each request; its capacity is there for the sake of memory only. */
export function processorWithBudget(): MakePolicy {
  return ({ clock, slots, random }) => {
    const processor = new Processor<Work, void>({
      capacity: 1600,
      whenFull: 'reject',
      concurrency: slots,
      handle: (work) => whenDone((done) => work.start(done)),
      clock,
      random,
    })
    return {
      offer(work) {
        const wait = { finishWithinMs: work.patienceMs }
        processor.submit(work, wait, {
          refused: ({ code }) => work.refuse(code),
          failed: (error) => work.refuse(error instanceof OverloadError ? error.code : 'ERR_CLOSED'),
        })
      },
    }
  }
}

/** A thenable that settles in the instant in which the work is done: promises know no virtual time. */
function whenDone(start: (done: () => void) => void): PromiseLike<void> {
  const thenable: PromiseLike<void> = {
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what the handler returns
    then(onDone) {
      start(() => onDone?.())
      return thenable as never
    },
  }
  return thenable
}
