/**
 * Example 21: read no faster than you work.
 *
 * `consume` is the loop over a queue turned round: it pulls the next item of a
 * source only when the last one has its place. So a full queue stops the
 * reading, and that pause goes back to whatever the source reads: a file, a
 * socket, a database cursor. No item is refused, none is dropped.
 *
 * Time is virtual, so that the program prints the same each time.
 * Next: 22-tasks-with-a-bound.ts
 */
import { Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()
const log = (line: string): void => console.log(`${clock.nowMs()} ms: ${line}`)

async function* lines(): AsyncGenerator<string> {
  for (const line of ['a', 'b', 'c', 'd', 'e', 'f']) {
    log(`read ${line}`)
    yield line
  }
}

const importer = new Processor<string>({
  handle: (line) =>
    new Promise<void>((resolve) => {
      clock.schedule(100, () => {
        log(`stored ${line}`)
        resolve()
      })
    }),
  capacity: 2,
  whenFull: 'reject', // newcomers from elsewhere; a source waits whatever this says
  concurrency: 1,
  clock,
})

const consumed = importer.consume(lines())
await clock.advanceAsync(1000)
log(`${await consumed} lines read`)
await importer.drain()
log(`${importer.stats().delivered} stored, ${importer.stats().refused.ERR_QUEUE_FULL} refused`)

// Output:
// 0 ms: read a
// 0 ms: read b
// 0 ms: read c
// 0 ms: read d
// 100 ms: stored a
// 100 ms: read e
// 200 ms: stored b
// 200 ms: read f
// 300 ms: stored c
// 400 ms: stored d
// 500 ms: stored e
// 600 ms: stored f
// 1000 ms: 6 lines read
// 1000 ms: 6 stored, 0 refused
