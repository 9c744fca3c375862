/**
 * The top of the page: the gateway itself, and how the page looks.
 *
 * Imports `wire`, `model`, the protocol.
 */
import type { GatewayState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { formatBytes, formatDuration } from '../model/format.ts'
import type { Connection } from '../wire/live-state.ts'
import { applyTheme, nextTheme, readTheme, type Theme } from './theme.ts'

/** The top of the page. */
export function Masthead({
  state,
  connection,
}: {
  readonly state: GatewayState | undefined
  readonly connection: Connection
}): JSX.Element {
  const isLive = connection.kind === 'live'
  return (
    <header class="masthead">
      <Mark />
      <h1>Spillway</h1>
      <Pulse isLive={isLive} isReady={state?.ready === true} />
      <dl class={isLive ? 'vitals' : 'vitals stale'}>
        <Vital label="version" value={state?.version} />
        <Vital label="up" value={state && formatDuration(state.nowMs - state.startedAtMs)} />
        <Vital label="memory" value={state && formatBytes(state.memoryBytes)} />
        <Vital label="request bodies" value={state && formatBytes(state.bodyBytes)} />
      </dl>
      <ThemeSwitch />
    </header>
  )
}

function Vital({
  label,
  value,
}: {
  readonly label: string
  readonly value: string | undefined
}): JSX.Element | null {
  if (value === undefined) return null
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** Whether what is shown is now. */
function Pulse({ isLive, isReady }: { readonly isLive: boolean; readonly isReady: boolean }): JSX.Element {
  const [tone, word] = !isLive
    ? ['lost', 'not live']
    : isReady
      ? ['ready', 'ready']
      : ['refusing', 'not ready']
  return <span class={`pulse pulse-${tone}`}>{word}</span>
}

function ThemeSwitch(): JSX.Element {
  const [theme, setTheme] = useState<Theme>(readTheme)
  const next = nextTheme(theme)
  const change = (): void => {
    applyTheme(next)
    setTheme(next)
  }
  return (
    <button
      type="button"
      class="theme"
      onClick={change}
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      title={theme === 'auto' ? 'Colours as the system has them' : `Colours: ${theme}`}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <circle cx="10" cy="10" r="7.2" class="theme-ring" />
        {theme === 'auto' ? <path d="M10 2.8a7.2 7.2 0 0 1 0 14.4z" class="theme-fill" /> : null}
        {theme === 'dark' ? <circle cx="10" cy="10" r="7.2" class="theme-fill" /> : null}
      </svg>
      <span>{theme}</span>
    </button>
  )
}

function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-water" d="M2 12c3.2-2.4 5.4 2 8.4 0s5.4-2 7.6 0v15H2z" />
      <path class="mark-dam" d="M18 5h4.6L30 27H18z" />
    </svg>
  )
}
