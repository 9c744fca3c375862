/**
 * What can be changed while the gateway runs. Each change is asked once more
 * before it is sent, and its answer is shown.
 *
 * Imports `model`, `wire`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { describeSetting, type SettingName } from '../model/change.ts'
import { changeStream } from '../wire/actions.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { Confirmation } from './confirmation.tsx'

/** What each setting is called and does. */
const SETTINGS: Readonly<Record<SettingName, { readonly title: string; readonly about: string }>> = {
  rate: { title: 'Delivery rate', about: 'Holds deliveries to a rate, to spare the consumer.' },
  ingress: { title: 'Ingress rate', about: 'Refuses what arrives above a rate, with 429.' },
  windowItems: { title: 'Window', about: 'How many events are in memory, next in turn.' },
  concurrency: { title: 'Concurrency', about: 'How many deliveries run at once.' },
}

const NAMES = Object.keys(SETTINGS) as SettingName[] // its own keys

/** The settings of a stream. */
export function Settings({
  stream,
  isLive,
}: {
  readonly stream: StreamState
  readonly isLive: boolean
}): JSX.Element {
  const [open, setOpen] = useState<SettingName | 'paused'>()
  const close = (): void => setOpen(undefined)
  return (
    <section class="settings panel" aria-label={`Settings of ${stream.name}`}>
      <h3>Change while it runs</h3>
      <p class="aside">
        A change lasts until the gateway’s next start; its configuration file stays as it is.
      </p>
      <dl>
        <Setting
          title="Delivery"
          about="Events are taken while it is paused."
          now={deliveryInWords(stream)}
          verb={stream.settings.paused ? 'Resume' : 'Pause'}
          isLive={isLive}
          onOpen={() => setOpen('paused')}
        />
        {NAMES.map((name) => (
          <Setting
            key={name}
            {...SETTINGS[name]}
            now={describeSetting(name, stream.settings)}
            verb="Change"
            isLive={isLive}
            onOpen={() => setOpen(name)}
          />
        ))}
      </dl>
      {open === undefined ? null : <Opened open={open} stream={stream} onClose={close} />}
    </section>
  )
}

/** Paused by hand, or for another reason: that its gate is open does not mean that anything passes. */
function deliveryInWords({ settings, delivery }: StreamState): string {
  if (settings.paused) return 'paused'
  return delivery.paused.length > 0 ? 'not paused, stands still' : 'running'
}

function Opened(props: {
  readonly open: SettingName | 'paused'
  readonly stream: StreamState
  onClose(): void
}): JSX.Element {
  const { open, stream, onClose } = props
  if (open === 'paused') return <PauseDialog stream={stream} onClose={onClose} />
  return <ChangeDialog name={open} stream={stream} onClose={onClose} />
}

function Setting(props: {
  readonly title: string
  readonly about: string
  readonly now: string
  readonly verb: string
  readonly isLive: boolean
  onOpen(): void
}): JSX.Element {
  return (
    <div class="setting">
      <dt>{props.title}</dt>
      <dd>
        <span class="setting-now">{props.now}</span>
        <span class="figure-note">{props.about}</span>
        <button
          type="button"
          disabled={!props.isLive}
          onClick={props.onOpen}
          aria-label={`${props.verb} ${props.title.toLowerCase()}`}
        >
          {props.verb}
        </button>
      </dd>
    </div>
  )
}

function PauseDialog({ stream, onClose }: { readonly stream: StreamState; onClose(): void }): JSX.Element {
  // What was asked stays the question, though the state behind it changes with the answer.
  const [isPaused] = useState(stream.settings.paused)
  const verb = isPaused ? 'Resume' : 'Pause'
  return (
    <Confirmation
      title={`${verb} the delivery of ${stream.name}?`}
      verb={verb}
      onClose={onClose}
      act={async () => {
        const { paused } = await changeStream(stream.name, { paused: !isPaused })
        return `The gateway answers: delivery is ${paused ? 'paused' : 'running'}.`
      }}
    >
      <p>
        {isPaused
          ? 'What has been taken meanwhile is delivered now.'
          : 'Events are still taken, until the stream is full; none is delivered until you resume.'}
      </p>
    </Confirmation>
  )
}
