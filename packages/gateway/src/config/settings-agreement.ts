/**
 * What settings must be to each other, where each by itself is right.
 *
 * Pure; imports `kinds`, `settings`.
 */
import { resolve } from 'node:path'
import { isLoopback } from './kinds.ts'
import type { Path } from './path.ts'
import type { GatewaySettings } from './settings.ts'
import type { StreamSettings } from './stream-settings.ts'

/** A setting that contradicts another one. */
export interface Disagreement {
  readonly path: Path
  /** What it must be: the message continues a sentence. */
  readonly expects: string
}

/** The settings with all their streams. */
type Whole = GatewaySettings & { readonly streams: Readonly<Record<string, StreamSettings>> }

/** A gateway borrows so much of a shared rate at a time; a burst that is smaller would run over. */
const LEASES_PER_SECOND = 4

/** Everything that does not go together. */
export function disagreements(settings: Whole): readonly Disagreement[] {
  return [
    ...openDoors(settings),
    ...tenantsAlike(settings),
    ...unknownStreams(settings),
    ...unleasableRates(settings),
    ...sharedFiles(settings),
    ...brokersMissing(settings),
  ]
}

/** What other machines reach asks who they are. */
function openDoors({ listen, tenants, admin, adminToken }: Whole): readonly Disagreement[] {
  const doors: Disagreement[] = []
  if (!tenants && !isLoopback(listen.host)) {
    const expects =
      'on loopback (127.0.0.1, ::1 or localhost) without tenants, or whoever reaches it may send: declare tenants with keys'
    doors.push({ path: ['listen'], expects })
  }
  if (!adminToken && !isLoopback(admin.host)) {
    const expects =
      'on loopback (127.0.0.1, ::1 or localhost) without adminToken, or whoever reaches it may change what runs: set adminToken'
    doors.push({ path: ['admin'], expects })
  }
  return doors
}

function tenantsAlike({ tenants = [] }: Whole): readonly Disagreement[] {
  const names = new Set<string>()
  const owners = new Map<string, string>()
  return tenants.flatMap(({ name, keys }, index) => {
    const found: Disagreement[] = []
    if (names.has(name)) {
      found.push({ path: ['tenants', index, 'name'], expects: 'a name that no other tenant has' })
    }
    names.add(name)
    for (const key of keys) {
      const owner = owners.get(key.reveal())
      if (owner !== undefined) {
        const expects = `a key that nobody has yet: tenant ${owner} has it`
        found.push({ path: ['tenants', index, 'key'], expects })
      }
      owners.set(key.reveal(), name)
    }
    return found
  })
}

function unknownStreams({ tenants = [], streams }: Whole): readonly Disagreement[] {
  const known = Object.keys(streams)
  return tenants.flatMap((tenant, index) => {
    return (tenant.streams ?? []).flatMap((name, position) => {
      if (known.includes(name)) return []
      const path = ['tenants', index, 'streams', position]
      return [{ path, expects: `the name of a stream that exists (${known.join(', ')})` }]
    })
  })
}

/** A rate that is shared by borrowing must be worth a token at a time. */
function unleasableRates({ tenants = [], redis }: Whole): readonly Disagreement[] {
  if (redis?.mode !== 'leased') return []
  return tenants.flatMap(({ rate }, index) => {
    if (!rate) return []
    const { ratePerSecond, burst } = rate
    if (ratePerSecond < LEASES_PER_SECOND) {
      const expects = `at least ${LEASES_PER_SECOND} while redis.mode is leased (or set that to exact)`
      return [{ path: ['tenants', index, 'ratePerSecond'], expects }]
    }
    const least = Math.ceil(ratePerSecond / LEASES_PER_SECOND)
    if (burst >= least) return []
    const expects = `at least ${least}, a quarter of a second’s worth, while redis.mode is leased (or set that to exact)`
    return [{ path: ['tenants', index, 'burst'], expects }]
  })
}

/** Two streams that append to one file would tear each other's lines. */
function sharedFiles({ streams }: Whole): readonly Disagreement[] {
  const owners = new Map<string, string>()
  return Object.entries(streams).flatMap(([name, { sink }]) => {
    if (sink.type !== 'file') return []
    const path = resolve(sink.path)
    const owner = owners.get(path)
    owners.set(path, owner ?? name)
    if (owner === undefined) return []
    return [
      { path: ['streams', name, 'sink', 'path'], expects: `a file of its own: stream ${owner} writes to it` },
    ]
  })
}

/** Streams that a broker keeps have one. */
function brokersMissing({ streams, jetstream }: Whole): readonly Disagreement[] {
  if (jetstream) return []
  return Object.entries(streams).flatMap(([name, { store }]) => {
    if (store !== 'jetstream') return []
    const expects =
      'memory or disk without an entry `jetstream` that names the servers (servers: nats://HOST:PORT)'
    return [{ path: ['streams', name, 'store'], expects }]
  })
}
