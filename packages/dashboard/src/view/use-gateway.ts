/**
 * The gateway as the page sees it: kept fresh while the page is open.
 *
 * Imports `wire`, `model`.
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import { History } from '../model/history.ts'
import { type Connection, LiveState } from '../wire/live-state.ts'
import { forgetToken, keepToken } from '../wire/token.ts'

/** What the views are given. */
export interface Gateway {
  readonly history: History
  readonly connection: Connection
  /** When the latest state came, by the reader's clock. */
  readonly heardAtMs: number | undefined
  /** Tries again at once. */
  retry(): void
  signIn(token: string): void
}

/** Opens the stream with the first view and closes it with the last. */
export function useGateway(): Gateway {
  const history = useRef(new History())
  const live = useRef<LiveState>(undefined)
  const [connection, setConnection] = useState<Connection>({ kind: 'connecting' })
  const [heardAtMs, setHeardAtMs] = useState<number>()
  useEffect(() => {
    const state = new LiveState({
      onState: (latest) => {
        history.current.push(latest)
        setHeardAtMs(Date.now())
      },
      onConnection: setConnection,
    })
    live.current = state
    state.open()
    const retry = (): void => state.open()
    window.addEventListener('online', retry)
    return () => {
      window.removeEventListener('online', retry)
      state.close()
    }
  }, [])
  return {
    history: history.current,
    connection,
    heardAtMs,
    retry: () => live.current?.open(),
    signIn: (token) => {
      if (token === '') forgetToken()
      else keepToken(token)
      setConnection({ kind: 'connecting' })
      live.current?.open()
    },
  }
}
