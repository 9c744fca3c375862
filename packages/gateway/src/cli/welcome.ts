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

/** The text, with a line feed at its end. Every command line can be pasted as it is. */
export function welcome({ version, settings, address, adminAddress }: WelcomeFacts): string {
  const streams = Object.entries(settings.streams)
  const [name, { sink }] = streams[0]!
  const url = `${urlOf(address)}/v1/streams/${name}`
  const width = Math.max(...streams.map(([each]) => each.length))
  return [
    `Spillway ${version} takes events at ${urlOf(address)}, and answers /livez, /readyz, /metrics at ${urlOf(adminAddress)}`,
    ...streams.map(([each, stream]) => {
      const where = stream.store === 'disk' ? 'on the disk' : 'in memory'
      return `  ${each.padEnd(width)}  ${where}, ${WHEN_FULL[stream.whenFull]}, delivers to ${targetOf(stream.sink)}`
    }),
    '',
    `Open ${urlOf(adminAddress)} in a browser: what arrives, what is refused, what waits, and why.`,
    '',
    'Try:',
    `  curl -i ${url} -H 'Content-Type: application/json' -d '{"hello":"world"}'`,
    `  printf '{"n":1}\\n{"n":2}\\n' | curl -i ${url} -H 'Content-Type: application/x-ndjson' --data-binary @-`,
    ...(sink.type === 'file' ? [`  tail ${quoted(sink.path)}`] : []),
    `  curl -s ${urlOf(adminAddress)}/metrics | grep ^spillway_`,
    '',
    '',
  ].join('\n')
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
