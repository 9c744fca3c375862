/**
 * One dead letter, whole: its envelope, and its payload as text. Never as
 * markup: it came from anyone.
 *
 * Imports `model`, `wire`.
 */
import type { JSX } from 'preact'
import { formatBytes, formatCount, formatDateTime } from '../model/format.ts'
import type { DeadLetter } from '../wire/actions.ts'
import { Dialog } from './dialog.tsx'

/** The dialog. */
export function LetterDialog({
  letter,
  onClose,
}: {
  readonly letter: DeadLetter
  onClose(): void
}): JSX.Element {
  const isCut = new TextEncoder().encode(letter.payload).length < letter.payloadBytes
  return (
    <Dialog title={`Dead letter ${letter.seq}`} isWide onClose={onClose}>
      <Envelope letter={letter} />
      <textarea
        class="payload"
        readOnly
        aria-label="Payload"
        value={letter.payload}
        rows={12}
        spellcheck={false}
      />
      {isCut ? <p class="aside">Only its beginning is shown.</p> : null}
      <div class="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  )
}

function Envelope({ letter }: { readonly letter: DeadLetter }): JSX.Element {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['reason', letter.reason],
    ['attempts', formatCount(letter.attempts)],
    ['id', letter.id],
    ['key', letter.key],
    ['tenant', letter.tenant === '' ? undefined : letter.tenant],
    ['received', formatDateTime(letter.receivedAtMs)],
    ['set aside', formatDateTime(letter.deadAtMs)],
    ['payload', `${letter.contentType}, ${formatBytes(letter.payloadBytes)}`],
  ]
  return (
    <dl class="envelope">
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  )
}
