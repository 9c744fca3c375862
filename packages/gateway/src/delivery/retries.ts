/**
 * Brings back, when they are due, the events that left the window: retries,
 * under a budget, and events whose key is free again.
 *
 * Imports `spillway`, `store`.
 */
import { type Cancel, type Clock, RetryBudget } from 'spillway'
import { type Due, DueTimes } from './due-times.ts'

/** As many retries as the sink took events in the last ten seconds, and ten a second when it took none. */
const BUDGET = { ratio: 1, minPerSecond: 10 }
/** How long to wait when the budget is spent. */
const BUDGET_PAUSE_MS = 100

/** So many wait for their places in the window at once: the backlog's own are not the only ones to get any. */
const MAX_ON_THEIR_WAY = 64

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
  #onTheirWay = 0
  #isStopped = false

  constructor(options: RetriesOptions) {
    this.#options = options
    this.#budget = new RetryBudget({ ...BUDGET, clock: options.clock })
  }

  /** The sink took an event: the budget grows. */
  onDelivered(): void {
    this.#budget.onRequest()
  }

  /** Brings an event back at its time. */
  add(due: Due): void {
    this.#due.add(due)
    this.#run()
  }

  /** Brings nothing more back. */
  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #run(): void {
    this.#cancel()
    while (this.#onTheirWay < MAX_ON_THEIR_WAY && !this.#isStopped) {
      const next = this.#due.peek()
      if (!next) return
      const pauseMs = this.#pauseBefore(next)
      if (pauseMs > 0) {
        this.#cancel = this.#options.clock.schedule(pauseMs, () => this.#run())
        return
      }
      this.#due.pop()
      void this.#bringBack(next)
    }
  }

  async #bringBack(due: Due): Promise<void> {
    this.#onTheirWay++
    await this.#options.bringBack(due)
    this.#onTheirWay--
    this.#run()
  }

  #pauseBefore({ atMs, isRetry }: Due): number {
    const aheadMs = atMs - this.#options.wallNowMs()
    if (aheadMs > 0) return aheadMs
    return isRetry && !this.#budget.tryRetry() ? BUDGET_PAUSE_MS : 0
  }
}
