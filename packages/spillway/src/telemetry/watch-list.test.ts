import { describe, expect, it } from 'vitest'
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts'
import { fixed } from '../concurrency/fixed.ts'
import { OVERLOAD_CODES } from '../errors/overload-codes.ts'
import { shadow } from '../gate/shadow.ts'
import { GuardCore } from '../http/guard-core.ts'
import { KeyedRateLimiter } from '../rate/keyed-rate-limiter.ts'
import { RateLimiter } from '../rate/rate-limiter.ts'
import { RetryBudget } from '../retry/retry-budget.ts'
import { AdaptiveThrottle } from '../shedding/adaptive-throttle.ts'
import { PressureGate } from '../shedding/pressure-gate.ts'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Collector } from '../work/collector.ts'
import { Processor } from '../work/processor.ts'
import { prometheusName } from './metric-row.ts'
import { METRICS } from './metric-table.ts'
import { type Watchable, WatchList } from './watch-list.ts'

const clock = new VirtualClock()
const limiter = () => new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0, clock })
const processor = () =>
  new Processor<string>({
    handle: () => new Promise<void>((resolve) => clock.schedule(10, resolve)),
    capacity: 2,
    whenFull: 'reject',
    concurrency: 1,
    clock,
  })

const SOURCES: Readonly<Record<string, () => Watchable>> = {
  Processor: processor,
  Collector: () =>
    new Collector<string>({
      flush: async () => {},
      capacity: 2,
      whenFull: 'reject',
      batch: { size: 2, intervalMs: 10 },
      clock,
    }),
  guard: () => new GuardCore<string>({ gate: limiter() }),
  RateLimiter: () => new RateLimiter({ ratePerSecond: 1, burst: 1, clock }),
  KeyedRateLimiter: () => new KeyedRateLimiter({ ratePerSecond: 1, burst: 1, maxKeys: 8, clock }),
  ConcurrencyLimiter: limiter,
  PriorityShedder: () => new PriorityShedder({ clock }),
  PressureGate: () =>
    new PressureGate({ probes: [{ name: 'heap', from: 0.4, to: 1, read: () => 0.5 }], clock }),
  AdaptiveThrottle: () => new AdaptiveThrottle({ clock }),
  ShadowGate: () => shadow(limiter()),
  RetryBudget: () => new RetryBudget({ clock }),
}

/** Every series of `source`, by its name and its label. */
function seriesOf(source: Watchable): Map<string, number> {
  const list = new WatchList('test')
  list.watch('it', source)
  const series = new Map<string, number>()
  for (const row of METRICS) {
    for (const { labels, value } of list.samples(row)) {
      series.set(`${prometheusName(row)}${row.label ? `:${labels[row.label]}` : ''}`, value)
    }
  }
  return series
}

describe('WatchList', () => {
  it.each(Object.entries(SOURCES))(
    'reads every number of a %s, all counters at 0 from the start',
    (_, make) => {
      const series = seriesOf(make())
      expect(series.size).toBeGreaterThan(0)
      for (const [name, value] of series) {
        expect(Number.isFinite(value), name).toBe(true)
        if (name.includes('_total')) expect([name, value]).toEqual([name, 0])
      }
    },
  )

  it('has no metric that no object has', () => {
    const seen = new Set(Object.values(SOURCES).flatMap((make) => [...seriesOf(make()).keys()]))
    const names = new Set([...seen].map((key) => key.split(':')[0]))
    const silent = METRICS.map(prometheusName).filter((name) => !names.has(name))
    // Known only after 20 services, and after the first reading of a probe.
    expect(silent).toEqual(['spillway_queue_service_rate', 'spillway_shedder_pressure'])
  })

  it('has a series for each reason before anything is refused', () => {
    const guard = [...seriesOf(SOURCES['guard']!()).keys()].filter((key) =>
      key.startsWith('spillway_guard_refused'),
    )
    expect(guard.map((key) => key.split(':')[1])).toEqual(Object.keys(OVERLOAD_CODES))
    const queue = [...seriesOf(processor()).keys()]
    expect(queue).toContain('spillway_queue_refused_total:ERR_QUEUE_FULL')
    expect(queue).toContain('spillway_queue_evicted_total:deadline')
    expect(queue).toContain('spillway_queue_diagnosis:stalled')
  })

  it('tells the diagnosis: one verdict of 1, the others 0', () => {
    const queue = processor()
    const verdicts = [...seriesOf(queue)].filter(([key]) => key.startsWith('spillway_queue_diagnosis:'))
    expect(verdicts.map(([, value]) => value)).toEqual([1, 0, 0, 0, 0])
  })

  it('reads once for all metrics of one turn, and anew in the next', async () => {
    let reads = 0
    const list = new WatchList('test')
    const gate = limiter()
    const counting = {
      stats: () => {
        reads++
        return gate.stats()
      },
    }
    list.watch('it', counting)
    reads = 0
    for (const row of METRICS) list.samples(row)
    expect(reads).toBe(1)
    await Promise.resolve()
    for (const row of METRICS) list.samples(row)
    expect(reads).toBe(2)
  })

  it('ends a watch, and the name is free again', () => {
    const list = new WatchList('test')
    const end = list.watch('it', limiter())
    const row = METRICS.find((each) => prometheusName(each) === 'spillway_limiter_limit')!
    expect(list.samples(row)).toEqual([{ labels: { name: 'it' }, value: 1 }])
    end()
    expect(list.samples(row)).toEqual([])
    list.watch('it', limiter())
  })

  it('refuses a name that is taken in its group, unfit names, strangers, and more than 256 objects', () => {
    const list = new WatchList('Metrics')
    list.watch('a', limiter())
    list.watch('a', processor())
    expect(() => list.watch('a', limiter())).toThrow('Metrics: the name "a" is taken by another limiter')
    expect(() => list.watch('', limiter())).toThrow(
      'option "name" must be a text of 1 to 100 characters, got ""',
    )
    expect(() => list.watch('b', { stats: () => ({ odd: 1 }) })).toThrow(
      'option "source" must be an object whose',
    )
    expect(() => list.watch('b', undefined as never)).toThrow('option "source" must be an object whose')
    for (let index = 2; index < 256; index++) list.watch(`n${index}`, limiter())
    expect(() => list.watch('one more', limiter())).toThrow('256 objects are watched already')
  })
})

describe('the table of metrics', () => {
  it('has names of base units, each once', () => {
    const names = METRICS.map(prometheusName)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^spillway_[a-z0-9_]+$/)
    expect(names.filter((name) => /_(ms|millis|minutes)(_|$)/.test(name))).toEqual([])
  })
})
