/**
 * What an operator may change while the gateway runs: from the text of a form
 * to a change, or to a sentence that says what is wrong with it.
 *
 * The gateway checks again; this spares a round trip and a confirmation of
 * nonsense.
 *
 * Pure; imports `format`, the protocol.
 */
import type { ChangeableSettings, StreamChange } from '@spillway/gateway/protocol'
import { formatCount, formatRate } from './format.ts'

/** A burst that is not told, in seconds of the rate: even to the consumer, a second's worth from the senders. */
const USUAL_BURST_S = { rate: 0.02, ingress: 1 } as const

/** What can be changed by a form of its own. */
export type SettingName = 'rate' | 'ingress' | 'windowItems' | 'concurrency'

/** The fields of a form as they were typed. */
export interface Typed {
  /** Whether there is a rate at all; whether concurrency is learned. */
  readonly isOn: boolean
  readonly first: string
  readonly second: string
}

/** A change that can be sent, or why not. */
export type Parsed =
  | { readonly ok: true; readonly change: StreamChange }
  | { readonly ok: false; readonly fault: string }

/** The form filled in with what is now. */
export function typedFrom(name: SettingName, settings: ChangeableSettings): Typed {
  if (name === 'windowItems') return { isOn: true, first: String(settings.windowItems), second: '' }
  if (name === 'concurrency') {
    const { concurrency } = settings
    return typeof concurrency === 'number'
      ? { isOn: false, first: String(concurrency), second: String(concurrency) }
      : { isOn: true, first: String(concurrency.min), second: String(concurrency.max) }
  }
  const rate = settings[name]
  if (!rate) return { isOn: false, first: '', second: '' }
  return { isOn: true, first: String(rate.ratePerSecond), second: String(rate.burst) }
}

/** Reads a form. */
export function parseChange(name: SettingName, typed: Typed): Parsed {
  if (name === 'windowItems') return parseWindow(typed)
  if (name === 'concurrency') return parseConcurrency(typed)
  if (!typed.isOn) return { ok: true, change: { [name]: null } }
  const ratePerSecond = numberOf(typed.first)
  if (!(ratePerSecond > 0)) return fault('The rate must be a number above 0, in events a second.')
  const burst =
    typed.second.trim() === '' ? Math.ceil(ratePerSecond * USUAL_BURST_S[name]) : numberOf(typed.second)
  if (!isCount(burst)) return fault('The burst must be a whole number of at least 1.')
  return { ok: true, change: { [name]: { ratePerSecond, burst } } }
}

function parseWindow({ first }: Typed): Parsed {
  const windowItems = numberOf(first)
  if (!isCount(windowItems)) return fault('The window must be a whole number of events, at least 1.')
  return { ok: true, change: { windowItems } }
}

function parseConcurrency({ isOn, first, second }: Typed): Parsed {
  const min = numberOf(first)
  if (!isCount(min)) return fault('The number of deliveries must be a whole number of at least 1.')
  if (!isOn) return { ok: true, change: { concurrency: min } }
  const max = numberOf(second)
  if (!isCount(max)) return fault('The most deliveries must be a whole number of at least 1.')
  if (max < min) return fault(`The most must be at least the least, ${min}.`)
  return { ok: true, change: { concurrency: { min, max } } }
}

/** What a setting is now, or would be: `at most 200 a second, 4 at once`. */
export function describeSetting(name: SettingName, settings: StreamChange): string {
  if (name === 'windowItems') return `${formatCount(settings.windowItems ?? 0)} events`
  if (name === 'concurrency') {
    const { concurrency = 0 } = settings
    return typeof concurrency === 'number'
      ? `${formatCount(concurrency)} at once`
      : `learned, ${formatCount(concurrency.min)} to ${formatCount(concurrency.max)} at once`
  }
  const rate = settings[name]
  return rate
    ? `${formatRate(rate.ratePerSecond)} a second, bursts of ${formatCount(rate.burst)}`
    : 'no limit'
}

function numberOf(text: string): number {
  return /^\s*\d+([.]\d+)?\s*$/.test(text) ? Number(text) : Number.NaN
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}

function fault(sentence: string): Parsed {
  return { ok: false, fault: sentence }
}
