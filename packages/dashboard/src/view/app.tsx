/**
 * The page: who we are, whether we are heard, the streams, and the one that is
 * looked at.
 *
 * Imports `wire`, `model`.
 */
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { VERDICTS, worstOf } from '../model/verdict.ts'
import { Announcer } from './announcer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { Masthead } from './masthead.tsx'
import { Problems } from './problems.tsx'
import { SignIn } from './sign-in.tsx'
import { StreamCards } from './stream-cards.tsx'
import { StreamView } from './stream-view.tsx'
import { type Gateway, useGateway } from './use-gateway.ts'
import { useStreamChoice } from './use-stream-choice.ts'

/** The whole page. */
export function App(): JSX.Element {
  const gateway = useGateway()
  const { history, connection } = gateway
  const state = history.latest
  useTitle(gateway)
  return (
    <>
      <a class="skip" href="#main">
        Skip to the streams
      </a>
      <Masthead state={state} connection={connection} />
      <ConnectionBanner gateway={gateway} />
      <main id="main" tabIndex={-1}>
        {connection.kind === 'locked' ? <SignIn gateway={gateway} isWrong={connection.isWrong} /> : null}
        {connection.kind !== 'locked' && state ? <Streams gateway={gateway} /> : null}
        {connection.kind === 'connecting' && !state ? <p class="waiting">Asking the gateway…</p> : null}
      </main>
      <Announcer state={state} connection={connection} />
    </>
  )
}

function Streams({ gateway }: { readonly gateway: Gateway }): JSX.Element {
  const { history, connection } = gateway
  const { streams = [], problems = [] } = history.latest ?? {}
  const chosen = useStreamChoice(streams)
  const isLive = connection.kind === 'live'
  return (
    <div class={isLive ? 'live' : 'live stale'}>
      <Problems problems={problems} />
      <StreamCards streams={streams} history={history} chosenName={chosen?.name} />
      {chosen ? <StreamView key={chosen.name} stream={chosen} history={history} isLive={isLive} /> : null}
    </div>
  )
}

/** So that a tab in the background tells too. */
function useTitle({ history, connection }: Gateway): void {
  const worst = history.latest && worstOf(history.latest)
  const isLost = connection.kind === 'lost'
  useEffect(() => {
    const word = isLost ? 'Connection lost' : worst ? VERDICTS[worst.verdict].label : ''
    const where = worst && worst.verdict !== 'healthy' && !isLost ? ` (${worst.streamName})` : ''
    document.title = word === '' ? 'Spillway' : `${word}${where} · Spillway`
  }, [isLost, worst?.verdict, worst?.streamName])
}
