/**
 * Example 7: drop with a signal.
 *
 * Metrics must never slow down what they measure: `record` takes a point or
 * refuses it, at once, and counts. An audit entry must not be lost lightly:
 * `recordOrWait` waits for room, up to a deadline. Both on one collector,
 * which writes in batches; an alert on the counters tells of every drop.
 *
 * Next: 08-why-does-it-overflow.ts
 */
import { Collector } from 'spillway'
import { VirtualClock } from 'spillway/testing'

const clock = new VirtualClock()

const collector = new Collector<string>({
  flush: (points) => {
    console.log(`${clock.nowMs()} ms: flush ${points.join(' ')}`)
    return new Promise<void>((resolve) => clock.schedule(40, resolve))
  },
  capacity: 4,
  whenFull: 'reject',
  batch: { size: 3, intervalMs: 100 },
  clock,
})

for (let point = 1; point <= 9; point++) {
  if (!collector.record(`p${point}`)) console.log(`p${point} dropped, and counted`)
}

const audit = collector.recordOrWait('audit', { timeoutMs: 200 }).then(() => {
  console.log(`${clock.nowMs()} ms: the audit entry has its place`)
})
await clock.advanceAsync(500)
await audit

const { received, accepted, refused, delivered } = collector.stats()
console.log(
  `${received} received, ${accepted} accepted, ${refused.ERR_QUEUE_FULL} dropped, ${delivered} delivered`,
)

// Output:
// 0 ms: flush p1 p2 p3
// p8 dropped, and counted
// p9 dropped, and counted
// 40 ms: flush p4 p5 p6
// 40 ms: the audit entry has its place
// 100 ms: flush p7 audit
// 10 received, 8 accepted, 2 dropped, 8 delivered
