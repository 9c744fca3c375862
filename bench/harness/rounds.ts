/**
 * The order of the measurements. Every round visits every benchmark, and in
 * it every subject, so that a slow minute of the machine touches one round of
 * all and not all rounds of one. Each round starts with another subject.
 */
import type { Benchmark } from './benchmark.ts'
import type { Outcome } from './one-process.ts'
import type { Rounds } from './statistics.ts'

/** What is known of one subject. */
export interface SubjectResult {
  readonly figures: Rounds
  /** Why it was not measured at all. */
  readonly skipped?: string
  /** Why at least one round has no figure. */
  readonly failed?: string
}

/** By benchmark, then by subject. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, SubjectResult>>

/** One measurement to be made. */
export interface Step {
  readonly round: number
  readonly benchmark: Benchmark
  readonly subject: string
}

/** All measurements in their order. */
export function planRounds(benchmarks: readonly Benchmark[], rounds: number): Step[] {
  const steps: Step[] = []
  for (let round = 0; round < rounds; round++) {
    for (const benchmark of benchmarks) {
      if (round >= (benchmark.maxRounds ?? rounds)) continue
      for (const subject of rotated(Object.keys(benchmark.subjects), round)) {
        steps.push({ round, benchmark, subject })
      }
    }
  }
  return steps
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

/** Makes the measurements, one after the other. A subject that fails once or is skipped is not tried again. */
export async function measureAll(
  steps: readonly Step[],
  measure: (step: Step) => Promise<Outcome>,
): Promise<Results> {
  const results = new Map<string, Map<string, SubjectResult>>()
  for (const step of steps) {
    const subjects = getOrMake(results, step.benchmark.name)
    const known = subjects.get(step.subject) ?? { figures: [] }
    if (known.skipped !== undefined || known.failed !== undefined) continue
    subjects.set(step.subject, add(known, step.round, await measure(step)))
  }
  return results
}

function add(known: SubjectResult, round: number, outcome: Outcome): SubjectResult {
  if (!('figure' in outcome)) return { ...known, ...outcome }
  const figures = [...known.figures]
  figures[round] = outcome.figure
  return { ...known, figures }
}

function getOrMake(
  results: Map<string, Map<string, SubjectResult>>,
  name: string,
): Map<string, SubjectResult> {
  const known = results.get(name)
  if (known) return known
  const made = new Map<string, SubjectResult>()
  results.set(name, made)
  return made
}
