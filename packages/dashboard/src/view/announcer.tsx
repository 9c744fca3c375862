/**
 * Speaks for the picture: tells a screen reader when a verdict changes and
 * when the connection is lost or back. Nothing else: figures that change each
 * second are not news.
 *
 * Imports `wire`, `model`, the protocol.
 */
import type { GatewayState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { changesBetween } from '../model/verdict.ts'
import type { Connection } from '../wire/live-state.ts'

/** The live region. */
export function Announcer({
  state,
  connection,
}: {
  readonly state: GatewayState | undefined
  readonly connection: Connection
}): JSX.Element {
  const before = useRef<GatewayState>(undefined)
  const wasLost = useRef(false)
  const [news, setNews] = useState('')
  useEffect(() => {
    if (!state) return
    const changes = changesBetween(before.current, state)
    before.current = state
    if (changes.length > 0) setNews(changes.join(' '))
  }, [state])
  useEffect(() => {
    if (connection.kind === 'lost' && !wasLost.current) setNews('Connection to the gateway lost.')
    if (connection.kind === 'live' && wasLost.current) setNews('Connected to the gateway again.')
    wasLost.current = connection.kind === 'lost'
  }, [connection.kind])
  return (
    <div class="unseen" role="status" aria-live="polite">
      {news}
    </div>
  )
}
