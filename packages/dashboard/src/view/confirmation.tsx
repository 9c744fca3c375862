/**
 * Asks whether it is meant, does it, and shows what the gateway answered.
 *
 * Imports `dialog`, `use-deed`.
 */
import type { ComponentChildren, JSX } from 'preact'
import { Dialog } from './dialog.tsx'
import { type Deed, useDeed } from './use-deed.ts'

/** What is to be confirmed. */
export interface ConfirmationProps {
  readonly title: string
  /** The deed as a verb, on the button. */
  readonly verb: string
  readonly isDangerous?: boolean
  readonly children: ComponentChildren
  /** Whether it can be done as it stands. */
  readonly isPossible?: boolean
  /** Does it, and resolves with the answer in words. */
  act(): Promise<string>
  onClose(): void
}

/** The question. */
export function Confirmation(props: ConfirmationProps): JSX.Element {
  const [deed, start] = useDeed()
  const isOver = deed.kind === 'done'
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          start(props.act)
        }}
      >
        {isOver ? null : props.children}
        <Answer deed={deed} />
        <div class="buttons">
          <button type="button" onClick={props.onClose}>
            {isOver ? 'Close' : 'Cancel'}
          </button>
          {isOver ? null : (
            <button
              type="submit"
              class={props.isDangerous ? 'dangerous' : 'primary'}
              disabled={deed.kind === 'under-way' || props.isPossible === false}
            >
              {props.verb}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  )
}

function Answer({ deed }: { readonly deed: Deed }): JSX.Element {
  return (
    <div class="answer" role="status">
      {deed.kind === 'under-way' ? <p>Asking the gateway…</p> : null}
      {deed.kind === 'done' ? <p class="done">{deed.answer}</p> : null}
      {deed.kind === 'refused' ? <p class="fault">{deed.reason}</p> : null}
    </div>
  )
}
