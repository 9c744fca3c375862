/**
 * Four processes on one quota of a real server: at most 105 % of it in any
 * ten seconds, at least 95 % used, with 90 % of the traffic on one node.
 *
 * Here for some seconds; `SPILLWAY_LONG=1` runs the half minute.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedis, RedisServer } from './redis-server.ts'

/** So few asks that a busy machine keeps up with them, and a bucket that holds what comes while it stands still for long. */
const RATE = 200
const BURST = 200
const isLong = process.env['SPILLWAY_LONG'] === '1'
const SECONDS = isLong ? 30 : 4
/** Any ten seconds of a long run; of a short one as many as there are. */
const WINDOW_MS = isLong ? 10_000 : 2000

interface Told {
  readonly asked: number
  readonly admittedMs: readonly number[]
}

interface Plan {
  readonly kind: 'exact' | 'leased'
  readonly port: number
  readonly asksPerSecond: number
}

async function startNode({ kind, port, asksPerSecond }: Plan): Promise<ChildProcess> {
  const args = [port, kind, asksPerSecond, RATE, BURST].map(String)
  const child = fork(fileURLToPath(new URL('fleet-node.ts', import.meta.url)), args, {
    execArgv: ['--conditions=@spillway/source', '--import', 'tsx'],
  })
  await once(child, 'message')
  return child
}

async function runNode(child: ChildProcess, fromMs: number): Promise<Told> {
  child.send({ fromMs, untilMs: fromMs + SECONDS * 1000 })
  const [told] = await once(child, 'message')
  return told as Told // what fleet-node.ts sends
}

/** The most in any window. */
function worstWindow(sortedMs: readonly number[]): number {
  let worst = 0
  let first = 0
  for (const [index, atMs] of sortedMs.entries()) {
    while (sortedMs[first]! <= atMs - WINDOW_MS) first++
    worst = Math.max(worst, index - first + 1)
  }
  return worst
}

describeWithRedis('four processes on one quota', () => {
  let server: RedisServer
  beforeEach(async () => {
    server = await RedisServer.start()
  })
  afterEach(async () => server?.stop())

  it.each(['leased', 'exact'] as const)(
    '%s: are used to 95 of a hundred, and at most 105 pass, with 90 of a hundred asks on one node',
    async (kind) => {
      const asks = [1.8, 0.067, 0.067, 0.066].map((share) => share * RATE)
      const nodes = await Promise.all(
        asks.map((asksPerSecond) => startNode({ kind, port: server.port, asksPerSecond })),
      )
      const fromMs = Date.now() + 100
      const told = await Promise.all(nodes.map((node) => runNode(node, fromMs)))
      const admittedMs = told.flatMap((node) => node.admittedMs).toSorted((a, b) => a - b)
      const spanMs = admittedMs.at(-1)! - admittedMs[0]!
      const quota = (ms: number): number => BURST + (RATE * ms) / 1000
      console.log(
        `${kind}: used ${((100 * admittedMs.length) / quota(SECONDS * 1000)).toFixed(1)} %, ` +
          `worst ${WINDOW_MS} ms ${((100 * worstWindow(admittedMs)) / quota(WINDOW_MS)).toFixed(1)} %, ` +
          `admitted by node ${told.map((node) => `${node.admittedMs.length}/${node.asked}`).join(' ')}`,
      )
      expect(spanMs).toBeGreaterThan(SECONDS * 900)
      expect(admittedMs.length).toBeGreaterThanOrEqual(0.95 * quota(SECONDS * 1000))
      expect(worstWindow(admittedMs)).toBeLessThanOrEqual(1.05 * quota(WINDOW_MS))
    },
  )
})
