/**
 * The standard scenarios, all on the same server: 16 slots, 20 ms of
 * exponential service, 800 requests a second, clients that wait 200 ms.
 */
import { type Clients, capacityOf, type LoadStep, type Scenario, type Server } from './scenario.ts'

/** The server of the reference figures. */
export const SERVER: Server = {
  slots: 16,
  service: { kind: 'exponential', meanMs: 20 },
  slowdowns: [],
}

/** What the server of the reference figures can do per second. */
export const CAPACITY: number = capacityOf(SERVER)

/** Clients that wait 200 ms and don't come back. */
export const CLIENTS: Clients = {
  timeoutMs: 200,
  retries: 0,
  backoffMs: 0,
  retryRatio: 1,
  classes: [{ criticality: 'critical', share: 1 }],
}

/** How long a scenario is watched, in milliseconds: shorter for a unit test, longer for a claim. */
export interface Watch {
  readonly warmUpMs: number
  readonly endMs: number
}

/** A load of `times` the capacity, all the time. */
export function steady(times: number, watch: Watch): Scenario {
  return scenario(`steady ${times}x`, [[0, times]], watch)
}

/** A load that steps from `before` to `after` times the capacity at `atMs`. */
export function step(
  { before, after, atMs }: { readonly before: number; readonly after: number; readonly atMs: number },
  watch: Watch,
): Scenario {
  return scenario(
    `step ${before}x to ${after}x`,
    [
      [0, before],
      [atMs, after],
    ],
    watch,
  )
}

/** A load of 0.8 times the capacity, while work takes twice as long from `fromMs` to the end. */
export function halved(fromMs: number, watch: Watch): Scenario {
  const server = { ...SERVER, slowdowns: [{ fromMs, toMs: watch.endMs, factor: 2 }] }
  return { ...scenario('service slows by half', [[0, 0.8]], watch), server }
}

/** A load of 0.7 times the capacity with 3 times for `trigger.forMs`, and clients that try again. */
export function surge(
  trigger: { readonly atMs: number; readonly forMs: number },
  retrying: Pick<Clients, 'retries' | 'backoffMs' | 'retryRatio'>,
  watch: Watch,
): Scenario {
  const { atMs, forMs } = trigger
  const load: [number, number][] = [
    [0, 0.7],
    [atMs, 3],
    [atMs + forMs, 0.7],
  ]
  const clients = { ...CLIENTS, ...retrying }
  return {
    ...scenario('surge with retries', load, watch),
    clients,
    trigger: { fromMs: atMs, toMs: atMs + forMs },
  }
}

/** A load of `times` the capacity, of which one in five requests is critical. */
export function mixed(times: number, watch: Watch): Scenario {
  const classes = [
    { criticality: 'critical' as const, share: 0.2 },
    { criticality: 'sheddable' as const, share: 0.8 },
  ]
  return { ...scenario(`mixed ${times}x`, [[0, times]], watch), clients: { ...CLIENTS, classes } }
}

function scenario(name: string, steps: readonly (readonly [number, number])[], watch: Watch): Scenario {
  const load: LoadStep[] = steps.map(([fromMs, times]) => ({ fromMs, ratePerSecond: times * CAPACITY }))
  return { name, load, server: SERVER, clients: CLIENTS, ...watch }
}
