/**
 * What has led limits that learn astray, each as a scenario on the standard server.
 *
 * Sources: the issues of Netflix's concurrency-limits on timeouts (137), lucky minima (37) and creeping gradients
 * (134), and of Envoy on probes (46532).
 */
import { CLIENTS, SERVER, steady, type Watch } from './catalogue.ts'
import type { Scenario } from './scenario.ts'

/** A time, in milliseconds. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Nothing answers the server for a while: all work takes exactly as long as its timeout, and fails. A limit that
 * compares times alone sees them stand still, takes that for room, and climbs.
 */
export function timeouts(trigger: Stretch, watch: Watch): Scenario {
  const server = { ...SERVER, outages: [{ ...trigger, afterMs: 0.75 * CLIENTS.timeoutMs }] }
  return { ...steady(1.5, watch), name: 'all work times out for a while', server, trigger }
}

/**
 * For a moment of every second work takes a twentieth, as answers from a cache do. A limit that keeps the least time
 * it ever saw finds everything else queued, and starves the server.
 */
export function luckyAnswers(watch: Watch): Scenario {
  const slowdowns = []
  for (let fromMs = 500; fromMs < watch.endMs; fromMs += 1000) {
    slowdowns.push({ fromMs, toMs: fromMs + 20, factor: 0.05 })
  }
  return { ...steady(1.5, watch), name: 'a few answers are lucky', server: { ...SERVER, slowdowns } }
}

/** A little too much arrives, for long. A limit whose yardstick learns the overload creeps up until it limits nothing. */
export function longOverload(watch: Watch): Scenario {
  return { ...steady(1.2, watch), name: 'a little too much, for long' }
}

/** Less arrives than the server can do. A limit that measures by lowering itself turns traffic away that fits. */
export function healthy(watch: Watch): Scenario {
  return { ...steady(0.8, watch), name: 'healthy traffic, probed' }
}
