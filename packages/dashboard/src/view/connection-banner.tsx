/**
 * Says that the page is not heard, since when, and what happens next. What is
 * below it is then old, and looks so.
 *
 * Imports `wire`, `model`.
 */
import type { JSX } from 'preact'
import { formatDuration, formatTimeOfDay } from '../model/format.ts'
import type { Connection } from '../wire/live-state.ts'
import type { Gateway } from './use-gateway.ts'
import { useNowMs } from './use-now.ts'

/** The banner, where there is something to say. */
export function ConnectionBanner({ gateway }: { readonly gateway: Gateway }): JSX.Element | null {
  const { connection } = gateway
  return connection.kind === 'lost' ? <Lost gateway={gateway} connection={connection} /> : null
}

function Lost({
  gateway,
  connection,
}: {
  readonly gateway: Gateway
  readonly connection: Extract<Connection, { kind: 'lost' }>
}): JSX.Element {
  const nowMs = useNowMs()
  const { heardAtMs, retry } = gateway
  const sinceMs = heardAtMs ?? connection.sinceMs
  const inSeconds = Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000))
  const ageMs = Math.max(0, Math.floor((nowMs - sinceMs) / 1000) * 1000)
  return (
    <section class="banner" aria-label="Connection">
      <div>
        <strong>Connection lost</strong> since <time>{formatTimeOfDay(sinceMs)}</time>
        {ageMs > 0 ? `, ${formatDuration(ageMs)} ago` : ''}.{' '}
        {heardAtMs === undefined ? 'Nothing is known yet.' : 'What is shown below is from then.'}
        <div class="banner-reason">
          {connection.reason} {inSeconds > 0 ? `Trying again in ${inSeconds} s.` : 'Trying again…'}
        </div>
      </div>
      <button type="button" onClick={retry}>
        Try now
      </button>
    </section>
  )
}
