/**
 * Ten times what a consumer in another process can do, at its times.
 *
 * Six seconds by default; SPILLWAY_OVERLOAD_SECONDS=60 looks at memory too.
 * `npm run bench -- overload` puts other services beside it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'
import { ConsumerProcess } from './overload/consumer-process.ts'
import { isEarly, isLate, isTaken, type OverloadRun, overload, p99 } from './overload/overload-run.ts'
import { Scrape } from './scrape.ts'

const CAPACITY = 100
const TIMES = 10
const SECONDS = Number(process.env['SPILLWAY_OVERLOAD_SECONDS'] ?? 6)
const WARM_UP_SECONDS = SECONDS >= 60 ? 20 : 3
const DEADLINE_MS = 100
const SLACK_MS = 20
const MIB = 2 ** 20

/** What is looked at. */
interface Scene {
  readonly run: OverloadRun
  readonly scrapes: readonly Scrape[]
  /** What the consumer was given. */
  readonly delivered: readonly number[]
}

let scene: Scene | undefined
let run: OverloadRun

beforeEach(
  async () => {
    scene ??= await play()
    run = scene.run
  },
  (SECONDS + WARM_UP_SECONDS + 60) * 1000,
)

// A second try looks at a second run.
afterEach(({ task }) => {
  if (task.result?.state === 'fail') scene = undefined
})

async function play(): Promise<Scene> {
  // Beside the sources: what /tmp keeps may be in memory, and a flush there costs nothing.
  const folder = await mkdtemp(join(import.meta.dirname, '../.cache-overload-'))
  return playIn(folder).finally(() => rm(folder, { recursive: true, force: true }))
}

async function playIn(folder: string): Promise<Scene> {
  await using consumer = await ConsumerProcess.start(CAPACITY)
  const config = join(folder, 'slow.yaml')
  await writeFile(
    config,
    `dataDir: ${folder}/data
streams:
  slow:
    class: critical
    window: { items: 100 }
    backlog: { items: 200, bytes: 16MiB, maxAgeMs: 86400000 }
    enqueueTimeoutMs: ${DEADLINE_MS}
    sink: { type: http, url: "http://127.0.0.1:${consumer.port}/slow" }
`,
  )
  await using server = GatewayProcess.serveFrom({ program: await buildGateway() }, '--config', config)
  const { url, adminUrl } = await server.addresses()
  const scrapes: Scrape[] = []
  const look = async (): Promise<void> => {
    scrapes.push(new Scrape(await (await fetch(`${adminUrl}/metrics`)).text()))
  }
  const looking = setInterval(look, 250)
  const service = { url, path: '/v1/streams/slow', pid: server.pid }
  const plan = { capacity: CAPACITY, times: TIMES, warmUpSeconds: WARM_UP_SECONDS, seconds: SECONDS }
  run = await overload(service, consumer, plan).finally(() => clearInterval(looking))
  await look()
  server.signal('SIGTERM')
  expect((await server.ended()).code).toBe(0)
  const delivered = await consumer.done('/slow')
  console.log(summary())
  return { run, scrapes, delivered }
}

const times = (which: (answer: OverloadRun['answers'][number]) => boolean): readonly number[] =>
  run.answers.filter(which).map(({ tookMs }) => tookMs)

function summary(): string {
  const [taken, early, late] = [times(isTaken), times(isEarly), times(isLate)]
  const { goodput, memory, controlMs, answers } = run
  return [
    `${answers.length} offered in ${SECONDS} s: goodput ${(100 * goodput).toFixed(1)} % of the consumer`,
    `${taken.length} taken (p99 ${p99(taken).toFixed(1)} ms)`,
    `${early.length} refused early (p99 ${p99(early).toFixed(1)} ms), ${late.length} late`,
    `anonymous memory at most ${(memory.peakBytes / MIB).toFixed(1)} MiB, ${(memory.slopePerMinute / MIB).toFixed(2)} MiB a minute`,
    `sent ${p99(answers.map(({ lagMs }) => lagMs)).toFixed(1)} ms late, control p99 ${p99(controlMs).toFixed(1)} ms`,
  ].join('; ')
}

/** What the machine itself adds to any request: nothing here can be faster. */
const addedMs = (): number => p99(run.controlMs)

it('answers every request with 202 or 503', () => {
  expect(run.answers.every(({ status }) => status === 202 || status === 503)).toBe(true)
  expect(times(isTaken).length).toBeGreaterThan(SECONDS)
})

it('keeps the consumer busy: at least 99 % of what it can do', () => {
  // A machine that holds up every request holds up deliveries too.
  expect(run.goodput).toBeGreaterThanOrEqual(addedMs() > SLACK_MS ? 0.9 : 0.99)
})

it('refuses nearly all that it refuses early, and says with each refusal when to come back', () => {
  const refused = run.answers.filter((answer) => !isTaken(answer))
  expect(refused.filter(isEarly).length / refused.length).toBeGreaterThan(0.9)
  expect(refused.every(({ retryAfter }) => /^[123]$/.test(retryAfter ?? ''))).toBe(true)
})

it('ends early refusals within 20 ms, and a 202 or a late refusal within the deadline, a flush and 20 ms', () => {
  expect(p99(times(isEarly))).toBeLessThanOrEqual(SLACK_MS + addedMs())
  // Two flushes and what the machine adds are in the slack: a flush takes some milliseconds here.
  expect(p99(times(isTaken))).toBeLessThanOrEqual(DEADLINE_MS + SLACK_MS + 2 * addedMs())
  expect(p99(times(isLate))).toBeLessThanOrEqual(DEADLINE_MS + SLACK_MS + 2 * addedMs())
})

// Only a minute tells.
if (SECONDS >= 60) {
  it('does not grow', () => expect(run.memory.slopePerMinute).toBeLessThan(MIB))
}

it('keeps both ledgers balanced in every scrape', () => {
  const { scrapes } = scene!
  expect(scrapes.length).toBeGreaterThan(SECONDS)
  for (const scrape of scrapes) expect(scrape.imbalance('slow')).toEqual({ requests: 0, events: 0 })
})

it('counts what the client counts', () => {
  const last = scene!.scrapes.at(-1)!
  const sum = (name: string, labels = {}): number => last.sum(name, { stream: 'slow', ...labels })
  const answers = [...run.warmUp, ...run.answers]
  const others = run.controlMs.length
  expect(sum('requests_received_total')).toBe(answers.length + others)
  expect(sum('requests_accepted_total')).toBe(answers.filter(isTaken).length)
  expect(sum('requests_refused_total', { reason: 'ERR_METHOD_NOT_ALLOWED' })).toBe(others)
  for (const reason of new Set(answers.flatMap(({ code }) => code ?? []))) {
    expect([reason, sum('requests_refused_total', { reason })]).toEqual([
      reason,
      answers.filter(({ code }) => code === reason).length,
    ])
  }
})

it('delivers exactly what it said 202 to', () => {
  const taken = [...run.warmUp, ...run.answers].filter(isTaken).map(({ index }) => index)
  expect(scene!.delivered.toSorted((a, b) => a - b)).toEqual(taken.toSorted((a, b) => a - b))
})
