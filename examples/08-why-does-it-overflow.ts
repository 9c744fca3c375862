/**
 * Example 8: why does it overflow?
 *
 * The same queue drops events on four days, each time for another reason, and
 * each reason has its own remedy: a larger queue helps against one of them
 * only. `diagnose` tells which, from what the queue saw of itself.
 *
 * Time is virtual here, so that minutes pass at once.
 * Next: 09-how-big-should-the-queue-be.ts
 */
import { Processor } from 'spillway'
import { VirtualClock } from 'spillway/testing'

/** What happens for a while, after ten calm seconds and before three. */
interface Day {
  readonly name: string
  readonly seconds: number
  /** Events per second meanwhile; 400 otherwise. */
  readonly ratePerSecond: number
  /** Milliseconds of work on an event meanwhile; 10 otherwise. `Infinity`: until this is over. */
  readonly workMs: number
}

const calm = { name: 'calm', seconds: 10, ratePerSecond: 400, workMs: 10 }

// Eight workers of 10 ms do 800 events per second.
async function live(day: Day): Promise<void> {
  const clock = new VirtualClock()
  let workMs = calm.workMs
  let heldUntilMs = 0
  const processor = new Processor<number>({
    handle: () =>
      new Promise<void>((resolve) => {
        const heldForMs = Math.max(0, heldUntilMs - clock.nowMs())
        clock.schedule(heldForMs + workMs, resolve)
      }),
    capacity: 160,
    whenFull: 'reject',
    concurrency: 8,
    clock,
  })
  for (const phase of [calm, day, { ...calm, seconds: 3 }]) {
    const endMs = clock.nowMs() + 1000 * phase.seconds
    if (phase.workMs === Number.POSITIVE_INFINITY) heldUntilMs = endMs
    else workMs = phase.workMs
    for (let i = 0; clock.nowMs() < endMs; i++) {
      processor.offer(i)
      await clock.advanceAsync(1000 / phase.ratePerSecond)
    }
  }
  const { verdict, confidence, advice } = processor.diagnose({ maxWaitMs: 1000 })
  console.log(`${day.name}: ${verdict} (sure to ${Math.round(100 * confidence)} %)`)
  console.log(`  ${advice}`)
}

await live({ name: 'An ordinary day', seconds: 1, ratePerSecond: 500, workMs: 10 })
await live({ name: 'A burst of half a second', seconds: 0.5, ratePerSecond: 1600, workMs: 10 })
await live({ name: 'A database that became slow', seconds: 8, ratePerSecond: 400, workMs: 40 })
await live({ name: 'A campaign', seconds: 8, ratePerSecond: 1600, workMs: 10 })
await live({ name: 'A lock that was held for a second', seconds: 1, ratePerSecond: 400, workMs: Infinity })

// Output:
// An ordinary day: healthy (sure to 100 %)
//   Nothing was dropped lately; nothing to do.
// A burst of half a second: queue-too-small (sure to 100 %)
//   1,400/s met workers that do 799/s, for a while only: raise capacity from 160 to 502 (adds up to 428 ms of waiting).
// A database that became slow: consumer-too-slow (sure to 92 %)
//   The workers do 216/s instead of 799/s, 3.71 times as slow, and 400/s arrive: speed the work up, or add 11 workers (to do 500/s), if the downstream allows.
// A campaign: inbound-above-capacity (sure to 100 %)
//   1,585/s arrive and the workers can do 799/s; no queue within 1,000 ms of waiting holds that: add 12 workers (to do 1,981/s), if the downstream allows, or shed 49.6 % at the door.
// A lock that was held for a second: stalled (sure to 85 %)
//   Items waited and nothing was finished for 900 ms: look for a blocked event loop, a long garbage collection, a hanging dependency or a pause; bound the work with a handler timeout.
