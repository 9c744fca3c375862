/**
 * Changes one setting: the form, what it would mean, and the answer.
 *
 * Imports `model`, `wire`, the protocol.
 */
import type { StreamState } from '@spillway/gateway/protocol'
import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import { describeSetting, parseChange, type SettingName, type Typed, typedFrom } from '../model/change.ts'
import { changeStream } from '../wire/actions.ts'
import { Confirmation } from './confirmation.tsx'

/** The words of a form. */
interface FormWords {
  readonly title: string
  /** Of the box that says whether the fields count; without one they always do. */
  readonly box?: string
  readonly first: string
  /** Without it there is one field. */
  readonly second?: string
  readonly secondHint?: string
}

const FORMS: Readonly<Record<SettingName, FormWords>> = {
  rate: {
    title: 'Delivery rate',
    box: 'Hold deliveries to a rate',
    first: 'Events a second',
    second: 'Burst',
    secondHint: 'How many may start at once after a pause. Left empty: 20 ms’ worth, which is even.',
  },
  ingress: {
    title: 'Ingress rate',
    box: 'Refuse what arrives above a rate',
    first: 'Events a second',
    second: 'Burst',
    secondHint:
      'How many may arrive at once after a pause; the largest batch too. Left empty: one second’s worth.',
  },
  windowItems: { title: 'Window', first: 'Events in memory' },
  concurrency: {
    title: 'Concurrency',
    box: 'Learn it, within bounds',
    first: 'Deliveries at once',
    second: 'At most',
  },
}

/** The dialog. */
export function ChangeDialog({
  name,
  stream,
  onClose,
}: {
  readonly name: SettingName
  readonly stream: StreamState
  onClose(): void
}): JSX.Element {
  // The form and the "now" of the question are those of its opening: the state behind it moves on.
  const [before] = useState(stream.settings)
  const [typed, setTyped] = useState<Typed>(() => typedFrom(name, before))
  const parsed = parseChange(name, typed)
  const words = FORMS[name]
  const after = parsed.ok ? describeSetting(name, parsed.change) : undefined
  return (
    <Confirmation
      title={`${words.title} of ${stream.name}`}
      verb="Apply"
      isPossible={parsed.ok}
      onClose={onClose}
      act={async () => {
        const settings = await changeStream(stream.name, parsed.ok ? parsed.change : {})
        return `The gateway answers: ${describeSetting(name, settings)}.`
      }}
    >
      <Fields name={name} words={words} typed={typed} onTyped={setTyped} />
      <p class={parsed.ok ? 'change' : 'change fault'} role="status">
        {parsed.ok ? (
          <>
            Now <b>{describeSetting(name, before)}</b>, then <b>{after}</b>.
          </>
        ) : (
          parsed.fault
        )}
      </p>
    </Confirmation>
  )
}

function Fields(props: {
  readonly name: SettingName
  readonly words: FormWords
  readonly typed: Typed
  onTyped(typed: Typed): void
}): JSX.Element {
  const { name, words, typed, onTyped } = props
  const isLearned = name === 'concurrency' && typed.isOn
  const hasFields = words.box === undefined || typed.isOn || name === 'concurrency'
  const hasSecond = words.second !== undefined && typed.isOn
  return (
    <div class="fields">
      {words.box === undefined ? null : (
        <label class="check">
          <input
            type="checkbox"
            checked={typed.isOn}
            onChange={(event) => onTyped({ ...typed, isOn: event.currentTarget.checked })}
          />
          {words.box}
        </label>
      )}
      {hasFields ? (
        <Field
          label={isLearned ? 'At least' : words.first}
          value={typed.first}
          onInput={(first) => onTyped({ ...typed, first })}
        />
      ) : null}
      {hasSecond && words.second ? (
        <Field
          label={words.second}
          hint={words.secondHint}
          value={typed.second}
          onInput={(second) => onTyped({ ...typed, second })}
        />
      ) : null}
    </div>
  )
}

function Field(props: {
  readonly label: string
  readonly hint?: string | undefined
  readonly value: string
  onInput(value: string): void
}): JSX.Element {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input
        inputMode="decimal"
        autocomplete="off"
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
      {props.hint === undefined ? null : <span class="figure-note">{props.hint}</span>}
    </label>
  )
}
