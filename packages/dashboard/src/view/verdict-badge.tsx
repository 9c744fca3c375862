/**
 * A verdict as a badge: a shape and a word, never a colour alone.
 *
 * Imports `model`.
 */
import type { JSX } from 'preact'
import { VERDICTS, type Verdict } from '../model/verdict.ts'

const SHAPES: Readonly<Record<Verdict, string>> = {
  healthy: 'M3.5 8.4 6.8 11.6 12.6 4.8',
  'queue-too-small': 'M3 5v7h10V5M8 1.5v6M5.8 5.4 8 7.6l2.2-2.2',
  'inbound-above-capacity': 'M8 13.5v-10M3.8 7.4 8 3.2l4.2 4.2',
  'consumer-too-slow': 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 1 0 8 1.8M8 4.6V8l2.6 1.6',
  stalled: 'M5.4 3.2v9.6M10.6 3.2v9.6',
}

/** The badge. */
export function VerdictBadge({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  return (
    <span class={`badge verdict-${verdict}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[verdict]} />
      </svg>
      {VERDICTS[verdict].label}
    </span>
  )
}
