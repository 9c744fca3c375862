/**
 * Who may import whom, as data. The rules are made from it in `rules.ts`.
 *
 * A room may import the rooms of the floors below its own, and nothing else.
 */

/** A building of floors: from the ground up, each floor a list of rooms. */
export interface Building {
  /** The folder that holds the rooms, from the root of the workspace. */
  readonly folder: string
  /** Rooms by floor, the ground floor first: folders of `folder`, or folders in them. */
  readonly floors: readonly (readonly string[])[]
  /** Rooms beside the floors: they may import everything. */
  readonly beside: readonly string[]
}

/** The library. `index.ts` may import everything too. */
export const library: Building = {
  folder: 'packages/spillway/src',
  floors: [
    ['clock', 'errors', 'options'],
    ['measure', 'queues'],
    ['gate'],
    ['channel', 'rate', 'concurrency', 'shedding', 'retry', 'deadline', 'insight'],
    ['work', 'http'],
    ['telemetry'],
    ['adapters/node', 'adapters/fetch', 'adapters/hono', 'adapters/prometheus', 'adapters/opentelemetry'],
    ['adapters/express', 'adapters/fastify'],
  ],
  beside: ['testing'],
}

/** The gateway. `main.ts` may import everything. */
export const gateway: Building = {
  folder: 'packages/gateway/src',
  floors: [
    ['protocol', 'config'],
    ['nats'],
    ['observe', 'sinks', 'store'],
    ['delivery'],
    ['admission'],
    ['server', 'demo'],
    ['cli'],
  ],
  beside: [],
}

/** Every building with floors. */
export const buildings: readonly Building[] = [library, gateway]

/** The packages, and the packages of this workspace that each may import, by their public names only. */
export const packageImports: Readonly<Record<string, readonly string[]>> = {
  spillway: [],
  redis: ['spillway'],
  gateway: ['spillway', 'redis'],
  lab: ['spillway', 'redis', 'gateway'],
  dashboard: ['gateway'],
}

/** All that the dashboard, which runs in a browser, may see of the gateway. */
export const dashboardMaySee = 'packages/gateway/src/protocol/'
