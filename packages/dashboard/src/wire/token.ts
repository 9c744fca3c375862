/**
 * The admin token that the reader typed: for this tab, until it is closed.
 *
 * Never in `localStorage`, a cookie or an address: those outlive the tab or
 * are sent along unasked.
 *
 * Imports nothing.
 */

const KEY = 'spillway-admin-token'

/** The token, if one was given in this tab. */
export function readToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined
}

/** Keeps the token until the tab is closed. */
export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

/** Forgets it. */
export function forgetToken(): void {
  sessionStorage.removeItem(KEY)
}
