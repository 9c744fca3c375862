/**
 * Replays or purges dead letters, once it is confirmed.
 *
 * Imports `model`, `wire`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { formatCount } from '../model/format.ts'
import { purgeDeadLetters, replayDeadLetters, type Which } from '../wire/actions.ts'
import { Confirmation } from './confirmation.tsx'

/** What is to be done with which. */
export interface LettersDeed {
  readonly kind: 'replay' | 'purge'
  readonly which: Which
}

/** The question. */
export function LettersConfirmation({
  stream,
  deed,
  onDone,
  onClose,
}: {
  readonly stream: StreamState
  readonly deed: LettersDeed
  onDone(): void
  onClose(): void
}): JSX.Element {
  const isPurge = deed.kind === 'purge'
  const isAll = 'all' in deed.which
  const what = isAll ? `all dead letters of ${stream.name}` : 'this dead letter'
  return (
    <Confirmation
      title={`${isPurge ? 'Purge' : 'Replay'} ${what}?`}
      verb={isPurge ? 'Purge' : 'Replay'}
      isDangerous={isPurge}
      onClose={onClose}
      act={async () => {
        const answer = await perform(stream.name, deed)
        onDone()
        return answer
      }}
    >
      <p>
        {isPurge
          ? 'Forgotten for good: nothing can bring it back.'
          : 'Put back at the end of the backlog, with no attempts counted, and delivered at its turn.'}
      </p>
    </Confirmation>
  )
}

async function perform(streamName: string, { kind, which }: LettersDeed): Promise<string> {
  if (kind === 'purge') return `${formatCount(await purgeDeadLetters(streamName, which))} forgotten.`
  const { replayed, refused } = await replayDeadLetters(streamName, which)
  const others = refused === undefined ? '' : ` The others stay dead letters: ${refused}.`
  return `${formatCount(replayed)} put back.${others}`
}
