/**
 * What the page calls each verdict, and how much it alarms.
 *
 * Pure; imports the protocol.
 */
import type { DiagnosisState, GatewayState } from '@spillway/gateway/protocol'

/** Why a stream overflows, in one word. */
export type Verdict = DiagnosisState['verdict']

/** How a verdict is shown. */
export interface VerdictWords {
  /** On a badge. */
  readonly label: string
  /** After "stream orders: ". */
  readonly spoken: string
  /** A larger one is worse. */
  readonly gravity: number
}

/** Every verdict. */
export const VERDICTS: Readonly<Record<Verdict, VerdictWords>> = {
  healthy: { label: 'Healthy', spoken: 'healthy', gravity: 0 },
  'queue-too-small': { label: 'Queue too small', spoken: 'the queue is too small', gravity: 1 },
  'inbound-above-capacity': {
    label: 'Inbound above capacity',
    spoken: 'more arrives than the consumer can do',
    gravity: 2,
  },
  'consumer-too-slow': { label: 'Consumer too slow', spoken: 'the consumer is too slow', gravity: 3 },
  stalled: { label: 'Stalled', spoken: 'delivery stands still', gravity: 4 },
}

/** The causes in the order in which their shares are drawn. */
export const CAUSES: readonly Verdict[] = [
  'stalled',
  'consumer-too-slow',
  'inbound-above-capacity',
  'queue-too-small',
]

/** The worst verdict of the gateway, with the first stream that has it; `undefined` without a stream. */
export function worstOf(
  state: GatewayState,
): { readonly streamName: string; readonly verdict: Verdict } | undefined {
  const [worst] = state.streams.toSorted(
    (a, b) => VERDICTS[b.diagnosis.verdict].gravity - VERDICTS[a.diagnosis.verdict].gravity,
  )
  return worst && { streamName: worst.name, verdict: worst.diagnosis.verdict }
}

/** What a screen reader is told: one sentence for each stream whose verdict changed, or that is new and not well. */
export function changesBetween(before: GatewayState | undefined, after: GatewayState): readonly string[] {
  return after.streams.flatMap(({ name, diagnosis: { verdict } }) => {
    const earlier = before?.streams.find((stream) => stream.name === name)?.diagnosis.verdict ?? 'healthy'
    return earlier === verdict ? [] : [`Stream ${name}: ${VERDICTS[verdict].spoken}.`]
  })
}
