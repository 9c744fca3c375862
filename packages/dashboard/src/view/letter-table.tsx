/**
 * Dead letters as a table: when, why, what, and what can be done.
 *
 * Imports `model`, `wire`.
 */
import type { JSX } from 'preact'
import { formatDateTime } from '../model/format.ts'
import type { DeadLetter } from '../wire/actions.ts'
import type { LettersDeed } from './letters-confirmation.tsx'

/** The beginning of a payload in a row. */
const SHOWN = 120

interface Actions {
  readonly isLive: boolean
  onShow(letter: DeadLetter): void
  onAsk(deed: LettersDeed): void
}

/** The table. */
export function LetterTable({
  letters,
  ...actions
}: Actions & { readonly letters: readonly DeadLetter[] }): JSX.Element {
  return (
    <table class="letters">
      <thead>
        <tr>
          <th scope="col">set aside</th>
          <th scope="col">reason</th>
          <th scope="col">payload</th>
          <th scope="col">
            <span class="unseen">actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <Row key={letter.seq} letter={letter} {...actions} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ letter, isLive, onShow, onAsk }: Actions & { readonly letter: DeadLetter }): JSX.Element {
  const { seq, attempts, reason, deadAtMs, payload } = letter
  return (
    <tr>
      <th scope="row">
        <time>{formatDateTime(deadAtMs)}</time>{' '}
        <span class="row-note">
          {attempts} {attempts === 1 ? 'attempt' : 'attempts'}
        </span>
      </th>
      <td class="reason">{reason}</td>
      <td class="excerpt">
        <code>{payload.slice(0, SHOWN)}</code>
      </td>
      <td>
        <span class="buttons buttons-tight">
          <button type="button" aria-label={`View ${seq}`} onClick={() => onShow(letter)}>
            View
          </button>
          <button
            type="button"
            aria-label={`Replay ${seq}`}
            disabled={!isLive}
            onClick={() => onAsk({ kind: 'replay', which: { seqs: [seq] } })}
          >
            Replay
          </button>
          <button
            type="button"
            aria-label={`Purge ${seq}`}
            disabled={!isLive}
            onClick={() => onAsk({ kind: 'purge', which: { seqs: [seq] } })}
          >
            Purge
          </button>
        </span>
      </td>
    </tr>
  )
}
