/**
 * What the server can do, and what an answer and a refusal cost it, measured
 * before anything is compared with them.
 */
import { type Calibration, calibrationFrom, type Measured, nominalPerSecond } from './calibration.ts'
import { endChild, nextMessage, startChild } from './child.ts'
import { MEAN_MS, PATIENCE_MS } from './live-plan.ts'
import type { LoadFacts } from './messages.ts'
import { startPolicy } from './target.ts'

const [WARM_UP_MS, END_MS] = [1000, 4000]
/** What is asked is what the server does, not what is in time: with few slots its short queue holds more than others wait. */
const CALM_MS = 5 * PATIENCE_MS

/**
 * Saturates a server that keeps a short queue; half of it with little load tells what an answer costs.
 *
 * @throws Error when this machine is too busy
 */
export async function calibrate(slots: number, seed: number): Promise<Calibration> {
  const light = await measure(slots, { times: 0.5, seed })
  return calibrationFrom(slots, light, await saturate(slots, seed))
}

/** What the server does per second, once more: it must be the same, or what was measured meanwhile means nothing. */
export async function recalibrate(slots: number, seed: number): Promise<number> {
  return (await saturate(slots, seed)).answeredPerSecond
}

function saturate(slots: number, seed: number): Promise<Measured> {
  return measure(slots, { times: 2.5, seed })
}

async function measure(
  slots: number,
  { times, seed }: { readonly times: number; readonly seed: number },
): Promise<Measured> {
  const server = await startPolicy({
    slots,
    meanMs: MEAN_MS,
    policy: 'drop-newest',
    seed,
    patienceMs: PATIENCE_MS,
    memoryBoundBytes: 512e6,
  })
  const generator = startChild('generator')
  try {
    const { port, path } = server
    generator.send({
      port,
      path,
      ratePerSecond: times * nominalPerSecond(slots),
      warmUpMs: WARM_UP_MS,
      endMs: END_MS,
      patienceMs: CALM_MS,
      payloadBytes: 10_000,
      seed,
    })
    const { answeredMs } = await nextMessage<LoadFacts>(generator, END_MS + 30_000)
    const facts = await server.facts()
    const watchedMs = END_MS - WARM_UP_MS
    return { ...facts, watchedMs, answeredPerSecond: (answeredMs.length * 1000) / watchedMs }
  } finally {
    await Promise.all([endChild(generator), server.end()])
  }
}
