/**
 * One overload: a service in front of a consumer that does so much, offered
 * many times that, at its times.
 */
import { MemoryWatch } from './anonymous-memory.ts'
import type { ConsumerProcess } from './consumer-process.ts'
import { type Answered, atRate, OpenLoop } from './open-loop.ts'

/** How much for how long. */
export interface OverloadPlan {
  /** What the consumer does, in events a second. */
  readonly capacity: number
  /** How many times that is offered. */
  readonly times: number
  /** The first seconds fill the queue, compile, and open connections; they do not count. */
  readonly warmUpSeconds: number
  readonly seconds: number
}

/** A service that is running. */
export interface OverloadedService {
  readonly url: string
  /** Where events are posted. */
  readonly path: string
  readonly pid: number
}

/** What was seen. */
export interface OverloadRun {
  /** From the beginning of the measured time on. */
  readonly answers: readonly Answered[]
  readonly warmUp: readonly Answered[]
  readonly controlMs: readonly number[]
  /** What the consumer did in the measured time, beside what it can: 1 is all. */
  readonly goodput: number
  readonly memory: { readonly peakBytes: number; readonly slopePerMinute: number }
}

/** Requests a second that meet no queue. */
const CONTROLS = 50

/** Offers the load, and looks. */
export async function overload(
  { url, path, pid }: OverloadedService,
  consumer: ConsumerProcess,
  { capacity, times, warmUpSeconds, seconds }: OverloadPlan,
): Promise<OverloadRun> {
  const offered = capacity * times
  const loop = new OpenLoop(url, path)
  const warmUp = await loop.offer(warmUpSeconds * offered, offered)
  const memory = new MemoryWatch(pid, 250)
  const startMs = performance.now()
  const before = await consumer.count()
  const counted = new Promise<number>((resolve) => {
    setTimeout(() => {
      const tookMs = performance.now() - startMs
      resolve(consumer.count().then((count) => ((count - before) * 1000) / tookMs / capacity))
    }, seconds * 1000)
  })
  const [answers, controlMs, goodput] = await Promise.all([
    loop.offer(seconds * offered, offered, warmUp.length),
    atRate(CONTROLS * seconds, CONTROLS, (_index, atMs) => loop.control(atMs)),
    counted,
  ])
  memory.stop()
  await loop.close()
  const { peakBytes } = memory
  const slopePerMinute = memory.slopePerMinute(startMs)
  return { answers, warmUp, controlMs, goodput, memory: { peakBytes, slopePerMinute } }
}

/** The 99th percentile; 0 of nothing. */
export function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(0.99 * values.length)] ?? 0
}

export const isTaken = ({ status }: Answered): boolean => status === 202
/** Refused after it had waited; a service that says no more than 503 does so always. */
export const isLate = (answer: Answered): boolean =>
  answer.code === 'ERR_WAIT_TIMEOUT' || (answer.code === undefined && !isTaken(answer))
export const isEarly = (answer: Answered): boolean => !isTaken(answer) && !isLate(answer)
