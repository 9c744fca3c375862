import { createHistogram, type EventLoopUtilization } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { OptionError } from '../../options/option-error.ts'
import { VirtualClock } from '../../testing/virtual-clock.ts'
import { memoryOfGroup } from './pressure-cgroup.ts'
import { delayProbe, eventLoopDelayProbe, utilizationProbe } from './pressure-event-loop.ts'
import { heapProbe, rssProbe } from './pressure-memory.ts'

const range = { from: 100, to: 500 }

describe("the probe of the event loop's delay", () => {
  function probeOver() {
    const clock = new VirtualClock()
    const histogram = Object.assign(createHistogram(), { disable: () => true })
    const probe = delayProbe(histogram, { ...range, resolutionMs: 10, windowMs: 250 }, clock)
    /** A window in which the loop came round at these intervals. */
    const window = (intervalsMs: readonly number[]): number => {
      for (const ms of intervalsMs) histogram.record(Math.round(ms * 1e6))
      clock.advance(250)
      return probe.read()
    }
    return { clock, histogram, probe, window }
  }

  it('is about 0 when idle: the resolution of the measurement is no delay', () => {
    expect(probeOver().window(Array.from({ length: 24 }, () => 10.06))).toBeCloseTo(0.06, 1)
  })

  it('is the mean of the last window, not of the time since the start', () => {
    const { window } = probeOver()
    for (let i = 0; i < 1000; i++) window([10, 10, 10])
    expect(window([210, 210])).toBeCloseTo(200, 0)
    expect(window([10, 10, 10])).toBeCloseTo(0, 0)
  })

  it('is the length of the window when the loop has not come round at all: no NaN, no infinity', () => {
    const { clock, probe } = probeOver()
    clock.step(3000)
    expect(probe.read()).toBe(2990)
  })

  it('does not reach back to what was before the last window, however rarely it is asked', () => {
    const { clock, histogram, probe } = probeOver()
    for (let i = 0; i < 10; i++) histogram.record(400e6)
    clock.advance(250)
    for (let second = 0; second < 60; second++) {
      histogram.record(10e6)
      clock.advance(1000)
    }
    histogram.record(10e6)
    clock.advance(250)
    expect(probe.read()).toBeLessThan(1)
  })

  it('keeps no timer once it is closed', () => {
    const { clock, probe } = probeOver()
    probe.close()
    expect(clock.pending).toBe(0)
  })

  it('answers with the last window until the next is full, and with 0 before the first', () => {
    const { clock, probe, window } = probeOver()
    expect(probe.read()).toBe(0)
    window([110])
    clock.advance(249)
    expect(probe.read()).toBeCloseTo(100, 0)
  })

  it('stops measuring when it is closed, also by `using`', () => {
    const probe = eventLoopDelayProbe()
    probe.close()
    probe[Symbol.dispose]()
    expect(probe.read()).toBe(0)
  })

  it('refuses a window of 0', () => {
    expect(() => eventLoopDelayProbe({ windowMs: 0 })).toThrow(OptionError)
  })
})

describe("the probe of the event loop's utilisation", () => {
  function probeOver() {
    const clock = new VirtualClock()
    const total = { idle: 0, active: 0 }
    const measure = (since?: EventLoopUtilization): EventLoopUtilization => {
      const idle = total.idle - (since?.idle ?? 0)
      const active = total.active - (since?.active ?? 0)
      return {
        idle: since ? idle : total.idle,
        active: since ? active : total.active,
        utilization: active / (idle + active),
      }
    }
    const probe = utilizationProbe(measure, { from: 0.98, to: 1.1, windowMs: 250 }, clock)
    const spend = (idle: number, active: number): number => {
      total.idle += idle
      total.active += active
      clock.advance(idle + active)
      return probe.read()
    }
    return { probe, spend }
  }

  it('is that of the last window, not of the time since the start', () => {
    const { spend } = probeOver()
    spend(3_600_000, 1000)
    expect(spend(0, 250)).toBe(1)
    expect(spend(200, 50)).toBe(0.2)
  })

  it('raises no false alarm while a window has just opened: the callback that asks is always busy', () => {
    const { spend } = probeOver()
    expect(spend(0, 5)).toBe(0)
    spend(250, 0)
    expect(spend(0, 5)).toBeLessThan(0.02)
  })

  it('is 0, and no NaN, when nothing was measured', () => {
    const clock = new VirtualClock()
    const nothing = () => ({ idle: 0, active: 0, utilization: Number.NaN })
    const probe = utilizationProbe(nothing, { from: 0.98, to: 1.1, windowMs: 250 }, clock)
    clock.advance(1000)
    expect(probe.read()).toBe(0)
  })
})

describe('the probes of memory', () => {
  it('are shares of their limits', () => {
    expect(heapProbe().read()).toBeGreaterThan(0)
    expect(heapProbe().read()).toBeLessThan(1)
    expect(rssProbe({ limitBytes: process.memoryUsage.rss() }).read()).toBeCloseTo(1, 0)
  })

  it('refuse a limit of 0', () => {
    expect(() => rssProbe({ limitBytes: 0 })).toThrow('rssProbe: option "limitBytes"')
  })
})

describe('memoryOfGroup', () => {
  const reading = (files: Readonly<Record<string, string>>) => (path: string) => files[path]
  const root = '/sys/fs/cgroup'

  it('reads version 2, without the files that the kernel can drop', () => {
    const files = {
      '/proc/self/cgroup': '0::/\n',
      [`${root}/memory.max`]: '1000000\n',
      [`${root}/memory.current`]: '700000\n',
      [`${root}/memory.stat`]: 'anon 300000\nactive_file 1\ninactive_file 200000\n',
    }
    expect(memoryOfGroup(reading(files))).toEqual({ limitBytes: 1_000_000, usedBytes: 500_000 })
  })

  it('takes the tightest limit of the groups above', () => {
    const files = {
      '/proc/self/cgroup': '0::/kube/pod/one\n',
      [`${root}/kube/pod/one/memory.max`]: 'max\n',
      [`${root}/kube/pod/one/memory.current`]: '10\n',
      [`${root}/kube/pod/memory.max`]: '1000\n',
      [`${root}/kube/pod/memory.current`]: '900\n',
      [`${root}/kube/memory.max`]: '9000\n',
      [`${root}/kube/memory.current`]: '1000\n',
    }
    expect(memoryOfGroup(reading(files))).toEqual({ limitBytes: 1000, usedBytes: 900 })
  })

  it('reads version 1, where the path of the host is not visible, and its way to say "no limit"', () => {
    const groups = '12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n0::/docker/abc\n'
    const files = {
      '/proc/self/cgroup': groups,
      [`${root}/memory/memory.limit_in_bytes`]: '2000\n',
      [`${root}/memory/memory.usage_in_bytes`]: '1500\n',
      [`${root}/memory/memory.stat`]: 'inactive_file 7\ntotal_inactive_file 500\n',
    }
    expect(memoryOfGroup(reading(files))).toEqual({ limitBytes: 2000, usedBytes: 1000 })
    const unlimited = { ...files, [`${root}/memory/memory.limit_in_bytes`]: '9223372036854771712\n' }
    expect(memoryOfGroup(reading(unlimited))).toBeUndefined()
  })

  it.each([
    [
      'no limit is set',
      { '/proc/self/cgroup': '0::/\n', [`${root}/memory.max`]: 'max\n', [`${root}/memory.current`]: '5\n' },
    ],
    ['there are no control groups', {}],
    ['a file holds something else', { [`${root}/memory.max`]: 'lots\n', [`${root}/memory.current`]: '5\n' }],
    ['the limit is 0', { [`${root}/memory.max`]: '0\n', [`${root}/memory.current`]: '5\n' }],
  ])('finds no limit when %s', (_what, files) => {
    expect(memoryOfGroup(reading(files))).toBeUndefined()
  })

  it('is not led out of its mount by a path', () => {
    const asked: string[] = []
    memoryOfGroup((path) => {
      asked.push(path)
      return path === '/proc/self/cgroup' ? '0::/../../etc\n' : undefined
    })
    expect(asked.slice(1).every((path) => path.startsWith(root))).toBe(true)
  })
})
