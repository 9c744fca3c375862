/**
 * What could not be delivered: looked at, delivered again, or forgotten.
 *
 * The list is fetched when it is opened, and again when their number changes;
 * it is never more than a page, however many there are.
 *
 * Imports `model`, `wire`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { formatCount } from '../model/format.ts'
import type { DeadLetter } from '../wire/actions.ts'
import { LetterDialog } from './letter-dialog.tsx'
import { LetterTable } from './letter-table.tsx'
import { LettersConfirmation, type LettersDeed } from './letters-confirmation.tsx'
import { PAGE_LENGTH, useDeadLetters } from './use-dead-letters.ts'

/** The dead letters of a stream. */
export function DeadLetters({
  stream,
  isLive,
}: {
  readonly stream: StreamState
  readonly isLive: boolean
}): JSX.Element {
  const { deadLetters: total, maxDeadLetters } = stream.depth
  const letters = useDeadLetters(stream.name, { total, isLive })
  const [shown, setShown] = useState<DeadLetter>()
  const [asked, setAsked] = useState<LettersDeed>()
  return (
    <section class="dead-letters panel" aria-label={`Dead letters of ${stream.name}`}>
      <header>
        <h3>Dead letters</h3>
        <span class="aside">
          {total === 0 ? 'none' : `${formatCount(total)} of at most ${formatCount(maxDeadLetters)}`}
        </span>
        {total === 0 ? null : <AllButtons isLive={isLive} onAsk={setAsked} />}
      </header>
      {letters.fault === undefined ? null : <p class="fault">{letters.fault}</p>}
      {total === 0 ? (
        <p class="aside">Every event that was tried was delivered, or still will be.</p>
      ) : (
        <LetterTable letters={letters.page} isLive={isLive} onShow={setShown} onAsk={setAsked} />
      )}
      <Pages letters={letters} total={total} />
      {shown ? <LetterDialog letter={shown} onClose={() => setShown(undefined)} /> : null}
      {asked ? (
        <LettersConfirmation
          stream={stream}
          deed={asked}
          onDone={letters.reload}
          onClose={() => setAsked(undefined)}
        />
      ) : null}
    </section>
  )
}

function AllButtons(props: { readonly isLive: boolean; onAsk(deed: LettersDeed): void }): JSX.Element {
  return (
    <span class="buttons">
      <button
        type="button"
        disabled={!props.isLive}
        onClick={() => props.onAsk({ kind: 'replay', which: { all: true } })}
      >
        Replay all
      </button>
      <button
        type="button"
        disabled={!props.isLive}
        onClick={() => props.onAsk({ kind: 'purge', which: { all: true } })}
      >
        Purge all
      </button>
    </span>
  )
}

function Pages({
  letters,
  total,
}: {
  readonly letters: ReturnType<typeof useDeadLetters>
  readonly total: number
}): JSX.Element | null {
  if (total <= PAGE_LENGTH && letters.isFirst) return null
  return (
    <div class="buttons pages">
      <button type="button" disabled={letters.isFirst} onClick={letters.toFirst}>
        To the oldest
      </button>
      <button type="button" disabled={letters.page.length < PAGE_LENGTH} onClick={letters.toNext}>
        Newer
      </button>
    </div>
  )
}
