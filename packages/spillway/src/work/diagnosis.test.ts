/**
 * The diagnosis of a queue that is real: the scenarios of `insight`, played through a Processor and a Collector, whose
 * own recording is diagnosed.
 */
import { describe, expect, it, vi } from 'vitest'
import { CRITICALITIES } from '../gate/criticality.ts'
import type { Diagnosis, Verdict } from '../insight/diagnosis.ts'
import { Draw } from '../insight/scenarios/draw.ts'
import type { Scenario } from '../insight/scenarios/scenario.ts'
import { arrivalTimes, endOfWork } from '../insight/scenarios/simulate.ts'
import { HEALTH, OVERFLOWS } from '../insight/scenarios/trials.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { workFor } from '../testing/settleable.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from './collector.ts'
import { Processor, type ProcessorStats } from './processor.ts'
import type { ProcessorOptions } from './processor-options.ts'

const COUNT = Number(process.env['SPILLWAY_TRIALS'] ?? 1)
const SEED = 4711

type Options = Partial<ProcessorOptions<number, void>>

/** A way to use a Processor: its options, and how long a caller waits for a place. */
interface Use {
  readonly options: Options
  readonly timeoutMs?: number
}

const uses: Readonly<Record<string, Use>> = {
  reject: { options: { whenFull: 'reject' } },
  'drop-oldest': { options: { whenFull: 'drop-oldest' } },
  'drop-lowest': { options: { whenFull: 'drop-lowest', criticality: (n) => CRITICALITIES[n % 4]! } },
  block: { options: { whenFull: 'block' }, timeoutMs: 20 },
}

interface Trial {
  readonly expected: Verdict
  readonly diagnosis: Diagnosis
  readonly stats: ProcessorStats
}

/** Plays a scenario through a Processor. */
function play(scenario: Scenario, { options, timeoutMs }: Use, seed: number): Trial {
  const clock = new VirtualClock()
  const service = seededRandom(seed + 1)
  const nextArrival = arrivalTimes(scenario.arrivals, seededRandom(seed))
  const processor = new Processor<number, void>({
    handle: () => workFor(clock, endOfWork(scenario, clock.nowMs(), service) - clock.nowMs()),
    capacity: scenario.capacity,
    whenFull: 'reject',
    concurrency: scenario.workers,
    maxQueueMs: scenario.budgetMs,
    clock,
    ...options,
  })
  const endMs = scenario.arrivals.at(-1)!.untilMs
  let number = 0
  for (let atMs = nextArrival(); atMs <= endMs; atMs = nextArrival()) {
    clock.advanceTo(atMs)
    processor.submit(number++, { timeoutMs }, {})
  }
  clock.advanceTo(endMs)
  return { expected: scenario.expected, diagnosis: processor.diagnose(), stats: processor.stats() }
}

function trials(families: readonly ((draw: Draw) => Scenario)[], use: Use): Trial[] {
  return families.flatMap((family, index) => {
    const draw = new Draw(seededRandom(SEED + index))
    const played: Trial[] = []
    for (let n = 0; played.length < COUNT; n++) {
      expect(n, `scenarios of family ${index} drop something`).toBeLessThan(20 * COUNT)
      const trial = play(family(draw), use, SEED * 1000 + 100 * index + 2 * n)
      const { refused, evicted } = trial.stats
      const drops = [...Object.values(refused), ...Object.values(evicted)].reduce((a, b) => a + b, 0)
      if (trial.expected === 'healthy' || drops >= 5) played.push(trial)
    }
    return played
  })
}

describe.each(Object.entries(uses))('the diagnosis of a Processor with whenFull "%s"', (_, use) => {
  it('names the cause in every family of overflow', { timeout: 120_000 }, () => {
    const played = trials(OVERFLOWS, use)
    const right = played.filter(({ expected, diagnosis }) => diagnosis.verdict === expected)
    expect(right.length / played.length).toBeGreaterThanOrEqual(0.9)
  })

  it('raises no alarm in health', { timeout: 120_000 }, () => {
    const played = trials(HEALTH, use)
    expect(played.filter(({ diagnosis }) => diagnosis.verdict !== 'healthy')).toEqual([])
  })
})

describe('the diagnosis of a Processor', () => {
  const short: Scenario = {
    family: 'one burst',
    expected: 'queue-too-small',
    workers: 2,
    serviceMs: 4,
    serviceScv: 1,
    capacity: 20,
    arrivals: [
      { untilMs: 20_000, ratePerMs: 0.2 },
      { untilMs: 20_200, ratePerMs: 1.5 },
      { untilMs: 30_000, ratePerMs: 1e-9 },
    ],
  }

  it('takes the silence after an overflow for no stall', () => {
    expect(play(short, uses['reject']!, 1).diagnosis.verdict).toBe('queue-too-small')
  })

  it('finds the pace of startRate too low for what arrives', () => {
    const use = { options: { startRate: { ratePerSecond: 250, burst: 5 } } }
    const arrivals = [
      { untilMs: 20_000, ratePerMs: 0.2 },
      { untilMs: 30_000, ratePerMs: 0.4 },
    ]
    expect(play({ ...short, arrivals }, use, 2).diagnosis.verdict).toBe('inbound-above-capacity')
  })

  it.each(['close', 'abort'])('calls it no overload when items are turned away by %s', (why) => {
    const clock = new VirtualClock()
    const onOverload = vi.fn()
    const processor = new Processor<number, void>({
      handle: () => workFor(clock, 100),
      capacity: 5,
      whenFull: 'reject',
      concurrency: 1,
      clock,
      onOverload,
    })
    for (let i = 0; i < 100; i++) {
      const caller = new AbortController()
      processor.submit(0, { signal: caller.signal }, {})
      if (why === 'abort') caller.abort()
      else if (i === 3) processor.close()
      clock.advance(20)
    }
    const { refused, evicted } = processor.stats()
    expect(refused.ERR_CLOSED + evicted.aborted).toBeGreaterThan(20)
    expect(processor.diagnose().verdict).toBe('healthy')
    expect(onOverload).not.toHaveBeenCalled()
  })
})

describe('onOverload', () => {
  it('is told once more when a Processor is closed and drained, and no timer is left to keep the process', async () => {
    const clock = new VirtualClock()
    const onOverload = vi.fn()
    const processor = new Processor<number, void>({
      handle: () => workFor(clock, 100),
      capacity: 1,
      whenFull: 'reject',
      concurrency: 1,
      clock,
      onOverload,
    })
    for (let i = 0; i < 3; i++) processor.offer(i)
    processor.close()
    expect(onOverload).not.toHaveBeenCalled()
    await clock.advanceAsync(200)
    await processor.drain()
    expect(onOverload).toHaveBeenCalledTimes(1)
    expect(clock.pending).toBe(0)
  })

  it('is told once more when a Collector is closed, and not at all when nothing was dropped since', async () => {
    for (const items of [1, 3]) {
      const clock = new VirtualClock()
      const onOverload = vi.fn()
      const batch = { size: 10, intervalMs: 1000 }
      const flush = () => workFor(clock, 100)
      const collector = new Collector<number>({
        flush,
        capacity: 1,
        whenFull: 'reject',
        batch,
        clock,
        onOverload,
      })
      for (let i = 0; i < items; i++) collector.record(i)
      collector.close()
      await clock.advanceAsync(300)
      expect([onOverload.mock.calls.length, clock.pending]).toEqual([items === 3 ? 1 : 0, 0])
    }
  })
})

describe('the diagnosis of a Collector', () => {
  /** Thirty seconds of records, and the time of each flush. */
  function collect(flushMs: (nowMs: number) => number, recordsPerMs: (nowMs: number) => number) {
    const clock = new VirtualClock()
    const collector = new Collector<number>({
      flush: () => workFor(clock, flushMs(clock.nowMs())),
      capacity: 100,
      whenFull: 'reject',
      batch: { size: 10, intervalMs: 50 },
      clock,
    })
    for (let due = 0; clock.nowMs() < 30_000; clock.advance(1)) {
      for (due += recordsPerMs(clock.nowMs()); due >= 1; due--) collector.record(0)
    }
    return collector.diagnose().verdict
  }

  it('finds nothing wrong where all goes well', () => {
    const verdict = collect(
      () => 20,
      () => 0.2,
    )
    expect(verdict).toBe('healthy')
  })

  it('finds a slow sink, a sink that stands, and a flood', () => {
    const slow = (nowMs: number) => (nowMs > 20_000 ? 100 : 20)
    const stands = (nowMs: number) => (nowMs > 28_000 ? 10_000 : 20)
    const flood = (nowMs: number) => (nowMs > 20_000 ? 1.5 : 0.2)
    expect(collect(slow, () => 0.2)).toBe('consumer-too-slow')
    expect(collect(stands, () => 0.2)).toBe('stalled')
    expect(collect(() => 20, flood)).toBe('inbound-above-capacity')
  })
})
