/**
 * Asks for the admin token, where the gateway wants one.
 *
 * Imports nothing.
 */
import type { JSX, TargetedEvent } from 'preact'
import type { Gateway } from './use-gateway.ts'

/** The form. */
export function SignIn({
  gateway,
  isWrong,
}: {
  readonly gateway: Gateway
  readonly isWrong: boolean
}): JSX.Element {
  const submit = (event: TargetedEvent<HTMLFormElement>): void => {
    event.preventDefault()
    gateway.signIn(String(new FormData(event.currentTarget).get('token') ?? '').trim())
  }
  return (
    <form class="sign-in panel" onSubmit={submit}>
      <h2>This gateway asks for its admin token</h2>
      <p id="token-hint">It is kept in this tab alone, until the tab is closed.</p>
      <label for="token">Admin token</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="off"
        required
        aria-describedby={isWrong ? 'token-wrong' : 'token-hint'}
        aria-invalid={isWrong}
      />
      {isWrong ? (
        <p id="token-wrong" class="fault" role="alert">
          The gateway does not know this token.
        </p>
      ) : null}
      <button type="submit" class="primary">
        Sign in
      </button>
    </form>
  )
}
