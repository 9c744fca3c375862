/**
 * The stream as a lake behind its dam: what comes in, how high it stands, what
 * goes over the spillway, what goes through the gate.
 *
 * The picture has no words, so that it can be any size; the words stand around
 * it, and say the same to those who do not see it.
 *
 * Imports `model`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { ComponentChildren, JSX } from 'preact'
import { fillOf, nearerBound } from '../model/fill.ts'
import { formatBytes, formatCount, formatRate, formatShare } from '../model/format.ts'
import type { StreamRates } from '../model/rates.ts'
import { Dam } from './dam.tsx'

/** The lake of a stream. */
export function Reservoir({
  stream,
  rates,
}: {
  readonly stream: StreamState
  readonly rates: StreamRates | undefined
}): JSX.Element {
  const { delivery } = stream
  const spilled = rates && rates.refusedRequests + rates.evictedEvents
  const fill = fillOf(stream)
  return (
    <section class="reservoir panel" aria-label={`Flow through ${stream.name}`}>
      <div class="lake">
        <Dam
          fill={fill}
          inflow={rates?.acceptedEvents}
          spill={spilled}
          outflow={rates?.deliveredEvents}
          isShut={delivery.paused.length > 0}
        />
        <Depth stream={stream} fill={fill} />
      </div>
      <Flow title="Arriving" class="flow-in">
        <Rate value={rates?.offeredRequests} unit="requests/s" />
        <Rate value={rates?.acceptedEvents} unit="events/s accepted" isSmall />
      </Flow>
      <Spill rates={rates} />
      <Flow title="Through the gate" class="flow-out">
        <Rate value={rates?.deliveredEvents} unit="events/s delivered" />
        <p class="rate-small">
          {formatCount(delivery.inFlight)} in flight, at most {formatCount(delivery.concurrencyLimit)}
        </p>
      </Flow>
    </section>
  )
}

/** What found no place; the larger of both is in large figures. */
function Spill({ rates }: { readonly rates: StreamRates | undefined }): JSX.Element {
  const refused = { value: rates?.refusedRequests, unit: 'requests/s refused' }
  const evicted = { value: rates?.evictedEvents, unit: 'events/s evicted' }
  const isEvicting = (evicted.value ?? 0) > (refused.value ?? 0)
  const [large, small] = isEvicting ? [evicted, refused] : [refused, evicted]
  return (
    <Flow title="Over the spillway" class={large.value ? 'flow-over flow-loss' : 'flow-over'}>
      <Rate {...large} />
      <Rate {...small} isSmall />
    </Flow>
  )
}

/** The level, as a meter. */
function Depth({ stream, fill }: { readonly stream: StreamState; readonly fill: number }): JSX.Element {
  const { depth } = stream
  const isByBytes = nearerBound(stream) === 'bytes'
  const [held, most] = isByBytes
    ? [formatBytes(depth.bytes), formatBytes(depth.maxBytes)]
    : [formatCount(depth.items), formatCount(depth.maxItems)]
  return (
    <div class="depth">
      <meter
        class="unseen"
        aria-label={`Depth of ${stream.name}`}
        aria-valuetext={`${held} of ${most}${isByBytes ? '' : ' events'}, ${formatShare(fill)} full`}
        value={fill}
      />
      <span class="depth-now">{held}</span>
      <span class="depth-most">
        of {most} {isByBytes ? '' : 'events'}
      </span>
    </div>
  )
}

function Flow(props: {
  readonly title: string
  readonly class: string
  readonly children: ComponentChildren
}): JSX.Element {
  return (
    <div class={`flow ${props.class}`}>
      <h3 class="eyebrow">{props.title}</h3>
      {props.children}
    </div>
  )
}

function Rate({
  value,
  unit,
  isSmall = false,
}: {
  readonly value: number | undefined
  readonly unit: string
  readonly isSmall?: boolean
}): JSX.Element {
  return (
    <p class={isSmall ? 'rate-small' : 'rate'}>
      <b>{formatRate(value)}</b> {unit}
    </p>
  )
}
