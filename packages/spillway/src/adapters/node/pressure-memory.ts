/**
 * Probes of memory: the heap against its limit, and the whole process against
 * the machine or its container.
 *
 * Floor 5: imports `node:fs`, `node:os`, `node:v8`, `options`, `shedding`.
 */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { numberFrom, optional, positive, type Rules, resolveOptions } from '../../options/rules.ts'
import type { WatchedProbe } from '../../shedding/pressure-options.ts'
import { memoryOfGroup } from './pressure-cgroup.ts'
import type { ProbeRange } from './pressure-event-loop.ts'

const RANGE_RULES: Rules<ProbeRange> = { from: optional(numberFrom(0)), to: optional(numberFrom(0)) }
const RANGE = { from: 0.85, to: 0.97 }

/**
 * The share of the heap's limit (`--max-old-space-size`) that is used, from 0 to 1. Sheds from 0.85 to 0.97 by default.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function heapProbe(given: ProbeRange = {}): WatchedProbe {
  const { from, to } = resolveOptions('heapProbe', given, RANGE_RULES, RANGE)
  const read = (): number => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics()
    return used_heap_size / heap_size_limit
  }
  return { name: 'heap', from, to, read }
}

/** Options of `rssProbe`. */
export interface RssOptions extends ProbeRange {
  /** What counts as full, in bytes. Above 0. @defaultValue the memory of the machine */
  readonly limitBytes?: number | undefined
}

/**
 * The resident memory of the process, as a share of `limitBytes`. Sheds from 0.85 to 0.97 by default.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function rssProbe(given: RssOptions = {}): WatchedProbe {
  const rules: Rules<RssOptions> = { ...RANGE_RULES, limitBytes: optional(positive) }
  const { from, to, limitBytes } = resolveOptions('rssProbe', given, rules, {
    ...RANGE,
    limitBytes: totalmem(),
  })
  return { name: 'rss', from, to, read: () => process.memoryUsage.rss() / limitBytes }
}

/**
 * The share of the container's memory limit that is used, files that can be dropped not counted. Sheds from 0.85 to
 * 0.97 by default.
 *
 * @returns `undefined` where no limit is set, or there are no control groups
 * @throws OptionError when an option is unknown or out of its range
 */
export function cgroupMemoryProbe(given: ProbeRange = {}): WatchedProbe | undefined {
  const { from, to } = resolveOptions('cgroupMemoryProbe', given, RANGE_RULES, RANGE)
  if (!memoryOfGroup(readText)) return undefined
  const read = (): number => {
    const memory = memoryOfGroup(readText)
    return memory ? memory.usedBytes / memory.limitBytes : Number.NaN
  }
  return { name: 'cgroup memory', from, to, read }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // Not Linux, no such group, or not ours to read: there is no limit to be seen.
    return undefined
  }
}
