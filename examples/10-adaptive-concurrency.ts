/**
 * Example 10: a limit that finds itself.
 *
 * A database does 16 queries side by side; nobody has told the service. More
 * than that only queue inside it. `vegas` watches how long queries take, and
 * keeps the limit where a few of them queue and no more, also after the
 * database has lost half of its strength. The few queries that are missing
 * are the price of learning: now and then the limit goes lower for a moment,
 * to see how long a query takes when none queues.
 *
 * Time is virtual here, so the program prints the same on every machine.
 *
 * Next: 11-shed-by-importance.ts
 */
import { ConcurrencyLimiter, vegas } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const gate = new ConcurrencyLimiter({ limit: vegas(), maxWaiting: 0, clock })

/** A database with slots: 20 ms for each query, once it has a slot. */
const database = { slots: 16, busy: 0, queue: [] as (() => void)[] }

function query(done: () => void): void {
  if (database.busy >= database.slots) {
    database.queue.push(done)
    return
  }
  database.busy++
  clock.schedule(20, () => {
    database.busy--
    done()
    const next = database.queue.shift()
    if (next) query(next)
  })
}

/** For so long, two requests arrive each millisecond: far more than the database can do. */
function overload(forMs: number): { readonly served: number; readonly refused: number } {
  const before = gate.stats()
  for (let ms = 0; ms < forMs; ms++) {
    for (const _ of ['one', 'two']) {
      const answer = gate.tryEnter()
      if (answer.admitted) query(() => answer.end())
    }
    clock.advance(1)
  }
  const { ended, refused } = gate.stats()
  return {
    served: ended.success - before.ended.success,
    refused: refused.ERR_CONCURRENCY_LIMITED - before.refused.ERR_CONCURRENCY_LIMITED,
  }
}

console.log(`at the start the limit is ${gate.limit}`)
overload(2000)
const healthy = overload(10_000)
console.log(
  `after 12 s it is ${gate.limit}: served ${healthy.served} of 8000 possible, ${healthy.refused} refused at once`,
)

database.slots = 8
overload(2000)
const weak = overload(10_000)
console.log(`with half of the slots it is ${gate.limit}: served ${weak.served} of 4000 possible`)

// Output:
// at the start the limit is 20
// after 12 s it is 19: served 7968 of 8000 possible, 12032 refused at once
// with half of the slots it is 11: served 3980 of 4000 possible
