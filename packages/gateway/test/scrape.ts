/**
 * Reads a scrape of Prometheus' text format, and checks both ledgers in it.
 */

/** Figures of one scrape. */
export class Scrape {
  readonly #lines: readonly string[]

  constructor(text: string) {
    this.#lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  }

  /** The sum of a metric over all its label sets in which the given labels have these values. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    let total = 0
    for (const line of this.#lines) {
      const [, metric, found = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
      const hasLabels = Object.entries(labels).every(([label, wanted]) =>
        found.includes(`${label}="${wanted}"`),
      )
      if (metric === `spillway_${name}` && hasLabels) total += Number(value)
    }
    return total
  }

  /** What each ledger of a stream lacks to balance: both 0, always. */
  imbalance(stream: string): { readonly requests: number; readonly events: number } {
    const at = (name: string): number => this.sum(name, { stream })
    return {
      requests:
        at('requests_received_total') -
        at('requests_accepted_total') -
        at('requests_refused_total') -
        at('requests_abandoned_total') -
        at('requests_waiting'),
      events:
        at('events_accepted_total') +
        at('events_recovered_total') -
        at('events_delivered_total') -
        at('events_evicted_total') -
        at('events_failed_total') -
        at('events_purged_total') -
        at('events_handed_over_total') -
        at('events_dead_lettered') -
        at('events_queued') -
        at('events_in_flight') -
        at('events_retrying'),
    }
  }
}
