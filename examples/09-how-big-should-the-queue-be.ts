/**
 * Example 9: how big should the queue be?
 *
 * As long as its bursts need, and never so long that what it holds comes too
 * late. `recommendCapacity` gives the number and its derivation, and says what
 * no queue can do. A count is right for one speed of the workers only, so
 * `forSeconds` states the capacity in time; `timeBomb` is the warning that a
 * queue of a million deserves.
 */
import { capacityAt, forSeconds, recommendCapacity, timeBomb } from 'spillway'

// Sixteen workers do 800 events per second; one in a hundred takes 92 ms or more. Callers wait 200 ms.
const service = { serviceRatePerSecond: 800, workers: 16, serviceP99Ms: 92, deadlineMs: 200 }

const usual = recommendCapacity({ ...service, arrivalRatePerSecond: 640 })
console.log(`At 640/s: ${usual.capacity}`)
for (const line of usual.derivation) console.log(`  ${line}`)

// Every hour a partner sends 480 events within 100 ms.
const bursts = recommendCapacity({
  ...service,
  arrivalRatePerSecond: 640,
  burst: { ratePerSecond: 4800, durationMs: 100 },
})
console.log(`With bursts: ${bursts.capacity}`)
for (const line of bursts.warnings) console.log(`  ${line}`)

// More arrives than can be done: no queue helps, and a long one only makes everybody late.
const overload = recommendCapacity({ ...service, deadlineMs: 5000, arrivalRatePerSecond: 960 })
console.log(`At 960/s: ${overload.capacity}`)
for (const line of overload.warnings) console.log(`  ${line}`)

// Nobody waits for telemetry, so the deadline is how stale it may become, and memory is the other bound.
const telemetry = recommendCapacity({
  ...service,
  deadlineMs: 5000,
  itemBytes: 10_000,
  memoryBytes: 25_000_000,
})
console.log(`Telemetry: ${telemetry.capacity} (${telemetry.fullQueueBytes} bytes)`)

// Two seconds of work, whatever the speed: pass it to a Processor as its `capacity`.
const capacity = forSeconds(2, { min: 50, max: 10_000 })
for (const ratePerSecond of [undefined, 800, 200, 20_000]) {
  console.log(
    `Two seconds at ${ratePerSecond ?? 'a rate not yet measured'}: ${capacityAt(capacity, ratePerSecond)}`,
  )
}

console.log(timeBomb({ capacity: 1_000_000, ratePerSecond: 800 }))

// Output:
// At 640/s: 32
//   Deadline: K ≤ μ (D − S99) = 800/s × (200 ms − 92 ms) = 86; what waits behind more comes too late.
//   Load: ρ = λ/μ = 640/s / 800/s = 0.8.
//   Randomness (GI/G/1 by diffusion): K ≥ ln(1/0.001) (ρ × 1 + 1) / (2 (1 − ρ)) = 32 loses 0.1 %.
//   Wait: 1.91 ms on average with 16 workers, hence L = λ W = 1.22 waiting (Little).
//   Capacity: 32, the larger need, which the bounds allow; when full it adds 40 ms of waiting; one exponential worker of that speed (M/M/1/K) would lose 0.0127 %.
// With bursts: 86
//   The burst needs 400 places, the deadline allows 86: more workers, or shed the rest.
// At 960/s: 38
//   960/s arrive and 800/s can be done: 16.7 % is lost with any queue. Plan for 1,200/s, or shed at the door.
// Telemetry: 2500 (25000000 bytes)
// Two seconds at a rate not yet measured: 50
// Two seconds at 800: 1600
// Two seconds at 200: 400
// Two seconds at 20000: 10000
// Time bomb: a capacity of 1,000,000 holds 1,250 s of work at 800/s, and nobody waits longer than 60 s: once full it serves only what comes too late. Lower it to 48,000 or less, or state it in seconds with forSeconds.
