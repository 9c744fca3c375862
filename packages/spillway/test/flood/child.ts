/**
 * Run as a process of its own, with `--expose-gc`: floods one subject, and
 * tells by how much the heap has grown.
 */
import { type Flooded, subjects } from './subjects.ts'

const OFFERS = 1_000_000
const WAITERS = 100_000

async function heapMb(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed / 1e6
}

async function offerAll(flooded: Flooded, from: number): Promise<void> {
  for (let number = from; number < from + OFFERS; number++) {
    flooded.offer(number)
    // Handlers that fail do so in a later turn.
    if (number % 1000 === 0) await Promise.resolve()
  }
}

async function waitAndAbort(flooded: Flooded): Promise<number> {
  const caller = new AbortController()
  let gaveUp = 0
  const waits = Array.from({ length: WAITERS }, () =>
    flooded.wait(caller.signal).catch(() => {
      gaveUp++
    }),
  )
  caller.abort(new Error('gone'))
  await Promise.all(waits)
  return gaveUp
}

const make = subjects[process.argv[2] ?? '']
if (!make || !globalThis.gc) throw new Error('usage: node --expose-gc child.ts <subject>')
const flooded = make()
const beforeMb = await heapMb()
await offerAll(flooded, 0)
const afterOffersMb = await heapMb()
const gaveUp = await waitAndAbort(flooded)
const afterWaitsMb = await heapMb()
// The subject is used once more: until here it cannot have been collected.
flooded.offer(-1)
process.stdout.write(
  JSON.stringify({
    offersMb: afterOffersMb - beforeMb,
    waitsMb: afterWaitsMb - afterOffersMb,
    gaveUp,
  }),
)
process.exit(0)
