/**
 * The figures beside the lake: how old, how long, how many at once, and how
 * the sink is.
 *
 * Imports `model`, the protocol.
 */
import type { QuantileState, StreamState } from '@spillway/gateway/protocol'
import type { ComponentChildren, JSX } from 'preact'
import { formatBytes, formatCount, formatDateTime, formatDuration } from '../model/format.ts'

/** The figures of a stream. */
export function Figures({ stream }: { readonly stream: StreamState }): JSX.Element {
  const { depth, delivery, events, requests } = stream
  return (
    <dl class="figures panel">
      <Figure label="Oldest event" value={formatDuration(depth.oldestAgeMs)} note={oldestNote(depth)} />
      <Quantiles label="Answering 202" quantiles={stream.acceptMs} note="lately" />
      <Quantiles label="One delivery" quantiles={delivery.serviceMs} note="lately" />
      <Figure
        label="Deliveries at once"
        value={`${formatCount(delivery.inFlight)} / ${formatCount(delivery.concurrencyLimit)}`}
        note={
          typeof stream.settings.concurrency === 'number'
            ? 'in flight / fixed limit'
            : 'in flight / learned limit'
        }
      />
      <Figure label="Requests waiting" value={formatCount(requests.waiting)} note="for a place" />
      <Figure label="Retrying" value={formatCount(events.retrying)} note="wait for another attempt" />
      <Figure label="Held" value={formatBytes(depth.bytes)} note={`of ${formatBytes(depth.maxBytes)}`} />
      <Figure
        label="Dead letters"
        value={formatCount(depth.deadLetters)}
        note={`of ${formatCount(depth.maxDeadLetters)}`}
        tone={depth.deadLetters > 0 ? 'loss' : undefined}
      />
      <SinkHealth stream={stream} />
    </dl>
  )
}

/** A store that has just delivered its oldest event may have to look for the next. */
function oldestNote({ items, oldestAgeMs }: StreamState['depth']): string {
  if (items === 0) return 'none waits'
  return oldestAgeMs === undefined ? 'being looked for' : 'not yet delivered'
}

function Figure(props: {
  readonly label: string
  readonly value: ComponentChildren
  readonly note: string
  readonly tone?: string | undefined
}): JSX.Element {
  return (
    <div class={props.tone === undefined ? 'figure' : `figure figure-${props.tone}`}>
      <dt>{props.label}</dt>
      <dd>
        <span class="figure-value">{props.value}</span>
        <span class="figure-note">{props.note}</span>
      </dd>
    </div>
  )
}

function Quantiles(props: {
  readonly label: string
  readonly quantiles: QuantileState | undefined
  readonly note: string
}): JSX.Element {
  const { quantiles } = props
  const note = quantiles ? `median; 99 % within ${formatDuration(quantiles.p99)}` : `none ${props.note}`
  return <Figure label={props.label} value={formatDuration(quantiles?.p50)} note={note} />
}

const SINK_WORDS: Readonly<Record<StreamState['sink']['status'], string>> = {
  idle: 'Idle',
  ok: 'Takes events',
  failing: 'Failing',
}

function SinkHealth({ stream }: { readonly stream: StreamState }): JSX.Element {
  const { status, consecutiveFailures, lastFailure, lastSuccessAtMs } = stream.sink
  return (
    <div class={`figure figure-wide sink-${status}`}>
      <dt>Sink</dt>
      <dd>
        <span class="figure-value">
          <span class="sink-dot" aria-hidden="true" /> {SINK_WORDS[status]}
          {consecutiveFailures > 0 ? `, ${formatCount(consecutiveFailures)} in a row` : ''}
        </span>
        <span class="figure-note">
          {lastSuccessAtMs === undefined
            ? 'no delivery yet'
            : `last delivery ${formatDateTime(lastSuccessAtMs)}`}
          {lastFailure ? `; last failure ${formatDateTime(lastFailure.atMs)}: ${lastFailure.message}` : ''}
        </span>
      </dd>
    </div>
  )
}
