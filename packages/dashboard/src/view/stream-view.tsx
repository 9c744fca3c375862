/**
 * One stream, from what is wrong with it down to its single dead letter.
 *
 * Imports `model`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import type { History } from '../model/history.ts'
import { Charts } from './charts.tsx'
import { DeadLetters } from './dead-letters.tsx'
import { Diagnosis } from './diagnosis.tsx'
import { Figures } from './figures.tsx'
import { Ledgers } from './ledgers.tsx'
import { Reservoir } from './reservoir.tsx'
import { Settings } from './settings.tsx'

/** What acknowledges what: in words. */
const DURABILITY: Readonly<Record<StreamState['durability'], string>> = {
  memory: '202 means: held in memory',
  disk: '202 means: flushed to the disk',
  broker: '202 means: acknowledged by a broker',
  replicated: '202 means: replicated',
}

/** The view of one stream. */
export function StreamView({
  stream,
  history,
  isLive,
}: {
  readonly stream: StreamState
  readonly history: History
  readonly isLive: boolean
}): JSX.Element {
  const rates = history.ratesOf(stream.name)
  return (
    <article class="stream" aria-label={`Stream ${stream.name}`}>
      <header class="stream-head">
        <h2>{stream.name}</h2>
        <span class="tag">{stream.class}</span>
        <span class="tag">{DURABILITY[stream.durability]}</span>
        <span class="tag">
          to {stream.sink.type}: <span class="target">{stream.sink.target}</span>
        </span>
      </header>
      <Diagnosis stream={stream} />
      <div class="halves">
        <Reservoir stream={stream} rates={rates} />
        <Figures stream={stream} />
      </div>
      <Charts streamName={stream.name} series={history.seriesOf(stream.name)} isLive={isLive} />
      <Ledgers stream={stream} rates={rates} />
      <DeadLetters stream={stream} isLive={isLive} />
      <Settings stream={stream} isLive={isLive} />
    </article>
  )
}
