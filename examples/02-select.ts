/**
 * Example 2: wait for whichever comes first.
 *
 * A worker serves two queues at once, and passes results on where there is
 * room, until it is told to stop. `select` waits for several channels and does
 * exactly one of its cases; `trySelect` never waits.
 *
 * Next: 03-token-bucket.ts
 */
import { Channel, receiveFrom, select, sendTo, trySelect } from 'spillway'

const orders = new Channel<string>({ capacity: 10 })
const refunds = new Channel<string>({ capacity: 10 })
const stop = new Channel<never>({ capacity: 0 })

// Nothing is there, so trySelect answers at once: undefined is its default case.
console.log('before:', trySelect({ order: receiveFrom(orders), refund: receiveFrom(refunds) }))

async function work(): Promise<void> {
  for (;;) {
    const next = await select({
      order: receiveFrom(orders),
      refund: receiveFrom(refunds),
      stop: receiveFrom(stop),
    })
    if (next.case === 'stop') return console.log('stopped')
    console.log(`${next.case}: ${next.value}`)
  }
}

const worker = work()
await orders.send('two books')
await refunds.send('one lamp')
await orders.send('a chair')
stop.close()
await worker

// Sending is a case too. A channel that is absent disables its case, so a loop can turn cases on and off.
const small = new Channel<number>({ capacity: 2 })
let overflow: Channel<number> | undefined
for (let n = 1; n <= 4; n++) {
  const place = trySelect({ small: sendTo(small, n), overflow: sendTo(overflow, n) })
  console.log(`${n}: ${place === undefined ? 'no room anywhere' : `into ${place.case}`}`)
  if (place === undefined) overflow = new Channel<number>({ capacity: 1 })
}

// A wait has its bounds here as well.
const idle = select({ order: receiveFrom(orders) }, { timeoutMs: 10 })
await idle.catch((error: Error) => console.log(error.message))

// Output:
// before: undefined
// order: two books
// refund: one lamp
// order: a chair
// stopped
// 1: into small
// 2: into small
// 3: no room anywhere
// 4: into overflow
// select: it would have to wait longer than allowed
