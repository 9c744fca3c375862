/**
 * All streams at a glance, and the way to each: how full, how fast, how well.
 *
 * Imports `model`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { fillOf } from '../model/fill.ts'
import { formatRate, formatShare } from '../model/format.ts'
import type { History } from '../model/history.ts'
import { addressOf } from './use-stream-choice.ts'
import { VerdictBadge } from './verdict-badge.tsx'

/** The cards. */
export function StreamCards({
  streams,
  history,
  chosenName,
}: {
  readonly streams: readonly StreamState[]
  readonly history: History
  readonly chosenName: string | undefined
}): JSX.Element {
  return (
    <nav aria-label="Streams" class="cards">
      {streams.map((stream) => (
        <Card key={stream.name} stream={stream} history={history} isChosen={stream.name === chosenName} />
      ))}
    </nav>
  )
}

function Card({
  stream,
  history,
  isChosen,
}: {
  readonly stream: StreamState
  readonly history: History
  readonly isChosen: boolean
}): JSX.Element {
  const rates = history.ratesOf(stream.name)
  const fill = fillOf(stream)
  return (
    <a
      class={`card tone-${stream.diagnosis.verdict}`}
      href={addressOf(stream.name)}
      aria-current={isChosen ? 'page' : undefined}
    >
      <span class="card-level" style={{ height: formatShare(fill) === '0 %' ? '0' : `${100 * fill}%` }} />
      <span class="card-head">
        <span class="card-name">{stream.name}</span>
        <VerdictBadge verdict={stream.diagnosis.verdict} />
      </span>
      <span class="card-figures">
        <span>
          <b>{formatRate(rates?.acceptedEvents)}</b> in/s
        </span>
        <span>
          <b>{formatRate(rates?.deliveredEvents)}</b> out/s
        </span>
        <span>
          <b>{formatShare(fill)}</b> full
        </span>
      </span>
    </a>
  )
}
