/**
 * What a benchmark is: one question, and several subjects that answer it with
 * the same workload, each measured in a process of its own.
 *
 * A benchmark file lives in `topics/<topic>/<name>.ts`, opens with Question,
 * Workload and Read it as (the report quotes them), and loads a package only
 * inside the subject that measures it.
 */

/** The topics one can name on the command line, in the order of the report. */
export const TOPICS = ['clock', 'channel', 'rate', 'tasks', 'memory', 'waiters', 'virtual', 'import'] as const

/** One of the topics. */
export type Topic = (typeof TOPICS)[number]

/** How much work one measurement does. */
export type Scale = 'full' | 'quick'

/** What is measured, and which end of the scale is good. */
export interface Metric {
  /** Printed after the figure. */
  readonly unit: 'M/s' | 'ns' | 'ms' | 'B' | 'MB' | ''
  /** Whether more is better. */
  readonly better: 'higher' | 'lower'
}

/** Throughput in millions a second. */
export const millionsPerSecond: Metric = { unit: 'M/s', better: 'higher' }

/** Measured in a fresh Node.js process. */
export interface NodeSubject {
  /** The npm package whose version is printed; left out for what Node.js itself brings. */
  readonly package?: string
  /** Measures once, in the metric of its benchmark. */
  measure(scale: Scale): Promise<number>
}

/** Measured by the Go program of `bench/go`. */
export interface GoSubject {
  /** The program's argument: a workload's name. */
  readonly go: string
}

/** One implementation under measurement. */
export type Subject = NodeSubject | GoSubject

/** One question with all its subjects. */
export interface Benchmark {
  readonly topic: Topic
  /** Unique; the file's name is the same without the topic. */
  readonly name: string
  readonly metric: Metric
  /** The subject the others are compared with. */
  readonly reference: string
  readonly subjects: Readonly<Record<string, Subject>>
  /** The most rounds worth running, for what hardly varies. */
  readonly maxRounds?: number
}

/** Whether a subject is a Go program. */
export function isGo(subject: Subject): subject is GoSubject {
  return 'go' in subject
}
