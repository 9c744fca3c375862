/**
 * Why the stream overflows, in one sentence, with its evidence and its remedy:
 * the first thing on the page, as it is the first thing one wants to know.
 *
 * Imports `model`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { formatShare } from '../model/format.ts'
import { CAUSES, VERDICTS } from '../model/verdict.ts'
import { VerdictBadge } from './verdict-badge.tsx'

/** The diagnosis of a stream. */
export function Diagnosis({ stream }: { readonly stream: StreamState }): JSX.Element {
  const { verdict, sentence, evidence, remedy, shares } = stream.diagnosis
  const paused = stream.delivery.paused
  return (
    <section class={`diagnosis panel tone-${verdict}`} aria-label={`Diagnosis of ${stream.name}`}>
      <div>
        <VerdictBadge verdict={verdict} />
        <p class="sentence">{sentence}</p>
        {remedy === '' ? null : (
          <p class="remedy">
            <span class="eyebrow">What to do</span> {remedy}
          </p>
        )}
        {paused.length === 0 ? null : (
          <p class="paused">
            Delivery stands still: <strong>{paused.map(pauseInWords).join(', ')}</strong>.
          </p>
        )}
      </div>
      {evidence.length === 0 ? null : (
        <div class="evidence">
          <span class="eyebrow">Evidence</span>
          <ul>
            {evidence.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
          <Shares shares={shares} />
        </div>
      )}
    </section>
  )
}

const PAUSES: Readonly<Record<string, string>> = {
  operator: 'paused by an operator',
  'dead-letters-full': 'the dead letters are full',
  store: 'the store does not answer',
  sink: 'the sink asked for a pause, or is not there',
}

function pauseInWords(reason: string): string {
  return PAUSES[reason] ?? reason
}

/** How much of the losses each cause explains, where more than one has a part in it. */
function Shares({ shares }: { readonly shares: Readonly<Record<string, number>> }): JSX.Element | null {
  const parts = CAUSES.flatMap((cause) => {
    const share = shares[cause] ?? 0
    return share > 0.005 ? [{ cause, share }] : []
  })
  if (parts.length < 2) return null
  return (
    <div class="shares">
      <span class="eyebrow">What explains the losses</span>
      <div class="shares-bar" aria-hidden="true">
        {parts.map(({ cause, share }) => (
          <span key={cause} class={`verdict-${cause}`} style={{ flexGrow: share }} />
        ))}
      </div>
      <ul>
        {parts.map(({ cause, share }) => (
          <li key={cause}>
            <span class={`swatch verdict-${cause}`} /> {VERDICTS[cause].label} {formatShare(share)}
          </li>
        ))}
      </ul>
    </div>
  )
}
