/**
 * What `serve` says when it is up: where it is, and what to try next.
 *
 * Pure; imports `config`.
 */
import { type Address, formatAddress, reachable } from '../config/kinds.ts'
import type { ResolvedSettings } from '../config/load-settings.ts'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { StreamSettings } from '../config/stream-settings.ts'

/** What is told. */
export interface WelcomeFacts {
  readonly version: string
  readonly settings: ResolvedSettings
  readonly address: Address
  readonly adminAddress: Address
}

const WHEN_FULL: Readonly<Record<StreamSettings['whenFull'], string>> = {
  block: 'senders wait when full',
  reject: 'refuses when full',
  'drop-oldest': 'drops the oldest when full',
}

const WHERE: Readonly<Record<StreamSettings['store'], string>> = {
  memory: 'in memory',
  disk: 'on the disk',
  jetstream: 'on NATS',
}

/** The text, with a line feed at its end. Every command line can be pasted as it is, once secrets are in variables. */
export function welcome(facts: WelcomeFacts): string {
  const { version, settings, address, adminAddress } = facts
  const streams = Object.entries(settings.streams)
  const width = Math.max(...streams.map(([each]) => each.length))
  return [
    `Spillway ${version} takes events at ${urlOf(address)}, and answers /livez, /readyz, /metrics at ${urlOf(adminAddress)}`,
    ...streams.map(
      ([each, { store, whenFull, sink }]) =>
        `  ${each.padEnd(width)}  ${WHERE[store]}, ${WHEN_FULL[whenFull]}, delivers to ${targetOf(sink)}`,
    ),
    '',
    `Open ${urlOf(adminAddress)} in a browser: what arrives, what is refused, what waits, and why.`,
    '',
    ...tries(facts),
    '',
    '',
  ].join('\n')
}

/** Command lines to try; which secrets they want, and in which variables. */
function tries({ settings, address, adminAddress }: WelcomeFacts): readonly string[] {
  const { tenants: [tenant] = [], adminToken } = settings
  const wanted = [
    ...(tenant ? [`the key of ${tenant.name} in $KEY`] : []),
    ...(adminToken ? ['the adminToken in $TOKEN'] : []),
  ]
  const bearer = (variable: string): string => ` -H "Authorization: Bearer $${variable}"`
  return [
    `Try${wanted.length > 0 ? `, with ${wanted.join(' and ')}` : ''}:`,
    ...sendings(settings, urlOf(address), tenant ? bearer('KEY') : ''),
    `  curl -s ${urlOf(adminAddress)}/metrics${adminToken ? bearer('TOKEN') : ''} | grep ^spillway_`,
  ]
}

/** How to send to the first stream that the first tenant may use and that takes what is not signed. */
function sendings({ streams, tenants }: ResolvedSettings, origin: string, key: string): readonly string[] {
  const may = tenants?.[0]?.streams
  const open = Object.entries(streams).find(
    ([name, { verify }]) => !verify && (may === undefined || may.includes(name)),
  )
  if (!open) return []
  const [name, { sink }] = open
  const url = `${origin}/v1/streams/${name}${key}`
  return [
    `  curl -i ${url} -H 'Content-Type: application/json' -d '{"hello":"world"}'`,
    `  printf '{"n":1}\\n{"n":2}\\n' | curl -i ${url} -H 'Content-Type: application/x-ndjson' --data-binary @-`,
    ...(sink.type === 'file' ? [`  tail ${quoted(sink.path)}`] : []),
  ]
}

/** Where an address can be reached from this machine. */
export function urlOf({ host, port }: Address): string {
  return `http://${formatAddress({ host: reachable(host), port })}`
}

function targetOf(sink: SinkSettings): string {
  switch (sink.type) {
    case 'file':
      return sink.path
    case 'stdout':
      return 'standard output'
    case 'http':
      return new URL(sink.url).origin
    case 'nats':
      return `${sink.subject} at ${sink.servers.join(', ')}`
    case 'module':
      return `${sink.export} of ${sink.path}`
  }
}

/** Quotes a path for a POSIX shell where that is needed. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}
