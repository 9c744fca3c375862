/**
 * On what the figures were taken: they mean nothing without it.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Benchmark } from './benchmark.ts'
import { isGo } from './benchmark.ts'
import { BENCH_DIR, ROOT_DIR } from './prepare.ts'

/** The machine and the run, as facts with names. */
export interface Setting {
  readonly processor: string
  readonly system: string
  readonly node: string
  readonly go: string
  readonly date: string
  readonly rounds: number
  /** How many processes wanted to run, on average over the last minute: above 1, somebody else was at work. */
  readonly loadBefore: number
  readonly versions: Readonly<Record<string, string>>
}

/** Describes this machine and the packages that were measured. */
export function describeSetting(
  benchmarks: readonly Benchmark[],
  run: Pick<Setting, 'rounds' | 'go' | 'loadBefore'>,
): Setting {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memoryGb = Math.round(totalmem() / 2 ** 30)
  return {
    processor: `${model}, ${availableParallelism()} cores, ${memoryGb} GiB`,
    system: `${platform()} ${release()}`,
    node: `${process.version} (V8 ${process.versions.v8})`,
    date: new Date().toISOString().slice(0, 10),
    ...run,
    versions: versionsOf(benchmarks),
  }
}

/** The load of the last minute. */
export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10
}

function versionsOf(benchmarks: readonly Benchmark[]): Record<string, string> {
  const names = new Set<string>()
  for (const { subjects } of benchmarks) {
    for (const subject of Object.values(subjects)) {
      if (!isGo(subject) && subject.package !== undefined) names.add(subject.package)
    }
  }
  return Object.fromEntries([...names].sort().map((name) => [name, versionOf(name)]))
}

function versionOf(name: string): string {
  const dir = name === 'spillway' ? join(ROOT_DIR, 'packages', name) : join(BENCH_DIR, 'node_modules', name)
  const manifest: unknown = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest
  return hasVersion ? String(manifest.version) : 'unknown'
}
