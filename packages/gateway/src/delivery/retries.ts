/**
 * Brings back, when they are due, the events that left the window: retries,
 * under a budget, and events whose key is free again.
 *
 * Imports `spillway`, `store`.
 */
import { type Cancel, type Clock, RetryBudget } from 'spillway'
import { type Due, DueTimes } from './due-times.ts'

/** Retries may add a fifth to the traffic, and ten a second however little that is. */
const BUDGET = { ratio: 0.2, minPerSecond: 10 }
/** How long to wait when the budget is spent. */
const BUDGET_PAUSE_MS = 100

/** What brings events back. */
export interface RetriesOptions {
  readonly clock: Clock
  readonly wallNowMs: () => number
  /** Takes a due event; resolves when it has its place in the window. Never rejects. */
  bringBack(due: Due): Promise<void>
}

/** A schedule of events. */
export class Retries {
  readonly #options: RetriesOptions
  readonly #due = new DueTimes()
  readonly #budget: RetryBudget
  #cancel: Cancel = () => {}
  #isRunning = false
  #isStopped = false

  constructor(options: RetriesOptions) {
    this.#options = options
    this.#budget = new RetryBudget({ ...BUDGET, clock: options.clock })
  }

  /** An event is delivered for the first time: the budget grows. */
  onFirstAttempt(): void {
    this.#budget.onRequest()
  }

  /** Brings an event back at its time. */
  add(due: Due): void {
    this.#due.add(due)
    void this.#run()
  }

  /** Brings nothing more back. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#cancel()
    for (;;) {
      const next = this.#due.peek()
      if (!next || this.#isStopped) break
      const pauseMs = this.#pauseBefore(next)
      if (pauseMs > 0) {
        this.#cancel = this.#options.clock.schedule(pauseMs, () => void this.#run())
        break
      }
      this.#due.pop()
      await this.#options.bringBack(next)
    }
    this.#isRunning = false
  }

  #pauseBefore({ atMs, isRetry }: Due): number {
    const aheadMs = atMs - this.#options.wallNowMs()
    if (aheadMs > 0) return aheadMs
    return isRetry && !this.#budget.tryRetry() ? BUDGET_PAUSE_MS : 0
  }
}
