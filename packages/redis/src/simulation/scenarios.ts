/**
 * Fleets worth looking at, each a hundred nodes on a quota of 10,000 a second.
 */
import type { FleetOptions } from './fleet.ts'

const NODES = 100
const RATE = 10_000

const base = { ratePerSecond: RATE, burst: 2500, leaseMs: 250, seconds: 30, seed: 1, latencyMs: 2 }

/** `total` asks a second, the same at each node. */
export function evenly(total: number, nodes: number = NODES): number[] {
  return new Array<number>(nodes).fill(total / nodes)
}

/** `total` asks a second, 90 % of them at the first node. */
export function unevenly(total: number, nodes: number = NODES): number[] {
  return [0.9 * total, ...new Array<number>(nodes - 1).fill((0.1 * total) / (nodes - 1))]
}

/** The scenarios by name. */
export const SCENARIOS: Readonly<Record<string, FleetOptions>> = {
  'even, twice the quota asked for': { ...base, demandPerSecond: evenly(2 * RATE) },
  'even, 95 % of the quota asked for': { ...base, demandPerSecond: evenly(0.95 * RATE) },
  'one node with 90 % of twice the quota': { ...base, demandPerSecond: unevenly(2 * RATE) },
  'one node with 90 % of 1.1 times the quota': { ...base, demandPerSecond: unevenly(1.1 * RATE) },
  'the 90 % move to another node every 2 s, twice the quota': {
    ...base,
    demandPerSecond: (nowMs) => {
      const demand = unevenly(2 * RATE)
      const turn = Math.floor(nowMs / 2000) % NODES
      return [...demand.slice(NODES - turn), ...demand.slice(0, NODES - turn)]
    },
  },
  'half of the nodes die after 10 s, twice the quota': {
    ...base,
    demandPerSecond: evenly(2 * RATE),
    deaths: Array.from({ length: NODES / 2 }, (_, node) => ({ node, atMs: 10_000 })),
  },
  'Redis 20 ms away, even, twice the quota': { ...base, latencyMs: 20, demandPerSecond: evenly(2 * RATE) },
}
