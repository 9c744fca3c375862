/**
 * A processor for tests, whose handlers end when they are told to.
 */
import { Settleable } from '../src/testing/settleable.ts'
import { promisesSettled, VirtualClock } from '../src/testing/virtual-clock.ts'
import { Processor } from '../src/work/processor.ts'
import type { ProcessorOptions } from '../src/work/processor-options.ts'

/** One worker and two places, in virtual time; `work` is what has started. */
export function processing<R = void>(options: Partial<ProcessorOptions<string, R>> = {}) {
  const clock = new VirtualClock()
  const started: string[] = []
  const work: Settleable<R>[] = []
  const processor = new Processor<string, R>({
    handle: (item) => {
      started.push(item)
      const settleable = new Settleable<R>()
      work.push(settleable)
      return settleable
    },
    capacity: 2,
    whenFull: 'block',
    concurrency: 1,
    onError: () => {},
    clock,
    random: () => 0.5,
    ...options,
  })
  return { clock, processor, started, work }
}

/** What became of a promise, once all that can settle now has: `pending`, `resolved`, or the error. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'pending'
  promise.then(
    () => {
      state = 'resolved'
    },
    (error: unknown) => {
      state = error
    },
  )
  await promisesSettled()
  return state
}
