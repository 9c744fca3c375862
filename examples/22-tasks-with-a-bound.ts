/**
 * Example 22: a queue of tasks that can say no.
 *
 * A task is a function here, as in p-queue, p-limit or bottleneck, and `run`
 * gives its result. What is new is the bound: four tasks may wait, so the
 * seventh in the same instant is told no at once, and a list of a thousand is
 * pulled through the queue instead of being put into it.
 *
 * Time is virtual, so that the program prints the same each time.
 */
import { isOverloadError, Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.schedule(ms, resolve))

const tasks = new Processor<() => Promise<string>, string>({
  handle: (task) => task(),
  capacity: 4,
  whenFull: 'reject',
  concurrency: 2,
  clock,
})

const load = (page: number) => async (): Promise<string> => {
  await sleep(50)
  return `page ${page}`
}

async function ask(page: number): Promise<void> {
  try {
    console.log(`${await tasks.run(load(page))} after ${clock.nowMs()} ms`)
  } catch (error) {
    if (!isOverloadError(error)) throw error
    console.log(`page ${page}: ${error.code}`)
  }
}

const asked = [1, 2, 3, 4, 5, 6, 7].map(ask)
await clock.advanceAsync(200)
await Promise.all(asked)

let most = 0
function* everyPage(): Generator<() => Promise<string>> {
  for (let page = 1; page <= 1000; page++) {
    const { queued, inFlight, waiting } = tasks.stats()
    most = Math.max(most, queued + inFlight + waiting)
    yield load(page)
  }
}

const pulled = tasks.consume(everyPage())
await clock.advanceAsync(30_000)
console.log(`${await pulled} pages, never more than ${most} of them inside`)

// Output:
// page 7: ERR_QUEUE_FULL
// page 1 after 50 ms
// page 2 after 50 ms
// page 3 after 100 ms
// page 4 after 100 ms
// page 5 after 150 ms
// page 6 after 150 ms
// 1000 pages, never more than 6 of them inside
