/**
 * Who may import whom, as data. The rules are made from it in `rules.ts`.
 *
 * A room may import the rooms of the floors below its own, and nothing else.
 */

/** A building of floors: from the ground up, each floor a list of rooms. */
export interface Building {
  /** The folder that holds the rooms, from the root of the workspace. */
  readonly folder: string
  /** Rooms by floor, the ground floor first. `adapters/*` makes a room of each folder inside `adapters`. */
  readonly floors: readonly (readonly string[])[]
}

/** The library. `testing` and `index.ts` stand outside the floors: they may import everything. */
export const library: Building = {
  folder: 'packages/spillway/src',
  floors: [
    ['clock', 'errors', 'options'],
    ['measure', 'queues'],
    ['gate'],
    ['channel', 'rate', 'concurrency', 'shedding', 'retry', 'deadline', 'insight'],
    ['work', 'http'],
    // The frameworks that stand on node:http use its adapter.
    ['adapters/node'],
    ['adapters/*'],
  ],
}

/** Every building with floors. */
export const buildings: readonly Building[] = [library]

/** The packages, and the packages of this workspace that each may import, by their public names only. */
export const packageImports: Readonly<Record<string, readonly string[]>> = {
  spillway: [],
  redis: ['spillway'],
  gateway: ['spillway', 'redis'],
  lab: ['spillway', 'gateway'],
  dashboard: ['gateway'],
}

/** All that the dashboard, which runs in a browser, may see of the gateway. */
export const dashboardMaySee = 'packages/gateway/src/protocol/'
