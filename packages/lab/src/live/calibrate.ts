/**
 * What the server can do, and what an answer and a refusal cost it, measured
 * before anything is compared with them.
 */
import type { Costs } from './ceiling.ts'
import { endChild, nextMessage, startChild } from './child.ts'
import { LIVE_SERVER, PATIENCE_MS } from './live-plan.ts'
import type { LoadFacts, ServerFacts } from './messages.ts'
import { startPolicy } from './target.ts'

/** What was found. */
export interface Calibration {
  readonly capacityPerSecond: number
  /** How far chance may have moved the capacity: its standard error over itself. */
  readonly capacityError: number
  /** `undefined` when a run gave no clear figure. */
  readonly costs: Costs | undefined
}

const [WARM_UP_MS, END_MS] = [1000, 4000]
const NOMINAL = (1000 * LIVE_SERVER.slots) / LIVE_SERVER.meanMs

/** Saturates a server that keeps a short queue; half of it with little load tells what an answer costs. */
export async function calibrate(seed: number): Promise<Calibration> {
  const light = await measure(0.5 * NOMINAL, seed)
  const heavy = await saturate(seed)
  if (heavy.answeredPerSecond < 0.5 * NOMINAL) {
    throw new Error(
      `the server, made for ${NOMINAL} a second, did ${heavy.answeredPerSecond.toFixed(0)}: this machine is too busy to measure anything; stop what else runs, and try again`,
    )
  }
  const answerMs = light.cpuMs / Math.max(1, light.answered)
  const refusalMs = (heavy.cpuMs - heavy.answered * answerMs) / Math.max(1, heavy.refused)
  const isClear = refusalMs > 0 && refusalMs < answerMs
  return {
    capacityPerSecond: heavy.answeredPerSecond,
    // Service times are exponential: of n answers in a stretch of time the standard deviation is the root of n.
    capacityError: 1 / Math.sqrt((heavy.answeredPerSecond * (END_MS - WARM_UP_MS)) / 1000),
    costs: isClear ? { answerMs, refusalMs } : undefined,
  }
}

/** What the server does per second, once more: it must be the same, or what was measured meanwhile means nothing. */
export async function recalibrate(seed: number): Promise<number> {
  return (await saturate(seed)).answeredPerSecond
}

function saturate(seed: number): ReturnType<typeof measure> {
  return measure(2.5 * NOMINAL, seed)
}

async function measure(
  ratePerSecond: number,
  seed: number,
): Promise<ServerFacts & { readonly answeredPerSecond: number }> {
  const server = await startPolicy({
    ...LIVE_SERVER,
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
      ratePerSecond,
      warmUpMs: WARM_UP_MS,
      endMs: END_MS,
      patienceMs: PATIENCE_MS,
      payloadBytes: 10_000,
      seed,
    })
    const { answeredMs } = await nextMessage<LoadFacts>(generator, END_MS + 30_000)
    const facts = await server.facts()
    return { ...facts, answeredPerSecond: (answeredMs.length * 1000) / (END_MS - WARM_UP_MS) }
  } finally {
    await Promise.all([endChild(generator), server.end()])
  }
}
