/**
 * The results of a run, asked in the terms of the report.
 */
import type { Benchmark, Metric } from './benchmark.ts'
import type { Results } from './rounds.ts'
import { type Rounds, ratio, type Summary, summarise } from './statistics.ts'

/** Names one subject of one benchmark. */
export type Place = readonly [benchmark: string, subject: string]

/** Answers questions about one run. Every answer is `undefined` where a figure is missing. */
export class Figures {
  readonly #metrics: ReadonlyMap<string, Metric>
  readonly #results: Results

  constructor(benchmarks: readonly Benchmark[], results: Results) {
    this.#metrics = new Map(benchmarks.map(({ name, metric }) => [name, metric]))
    this.#results = results
  }

  /** The figures of one subject, round by round. */
  rounds([benchmark, subject]: Place): Rounds {
    return this.#results.get(benchmark)?.get(subject)?.figures ?? []
  }

  /** Median and quartiles of one subject. */
  summary(place: Place): Summary | undefined {
    return summarise(this.rounds(place))
  }

  /** How many times better the first is than the second: faster, smaller, sooner. */
  advantage(benchmark: string, subject: string, over: string): Summary | undefined {
    const ours = this.rounds([benchmark, subject])
    const theirs = this.rounds([benchmark, over])
    return this.#metrics.get(benchmark)?.better === 'lower' ? ratio(theirs, ours) : ratio(ours, theirs)
  }

  /** The subject that comes closest to the given one, or is furthest ahead of it, among those that `counts`. */
  closestRival(
    benchmark: string,
    subject: string,
    counts: (rival: string) => boolean,
  ): { readonly rival: string; readonly advantage: Summary } | undefined {
    const rivals = [...(this.#results.get(benchmark)?.keys() ?? [])]
    return rivals
      .filter((rival) => rival !== subject && counts(rival))
      .flatMap((rival) => {
        const advantage = this.advantage(benchmark, subject, rival)
        return advantage ? [{ rival, advantage }] : []
      })
      .sort((one, other) => one.advantage.median - other.advantage.median)[0]
  }

  /** A figure made of two of the same round, then summed up. */
  combine(one: Place, other: Place, make: (one: number, other: number) => number): Summary | undefined {
    const others = this.rounds(other)
    return summarise(
      this.rounds(one).map((figure, round) => {
        const second = others[round]
        return figure === undefined || second === undefined ? undefined : make(figure, second)
      }),
    )
  }
}
