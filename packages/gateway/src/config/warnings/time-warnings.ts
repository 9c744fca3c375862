/**
 * Times that do not go together: what is held, how long clients wait, how long
 * deliveries may take.
 *
 * Pure; imports `spillway`, `warning`, `words`, `stop-time`.
 */
import { timeBomb } from 'spillway'
import { longestStopMs } from '../stop-time.ts'
import type { StreamSettings } from '../stream-settings.ts'
import { msInWords, numberInWords } from '../words.ts'
import type { StreamView, Surroundings, Warning } from './warning.ts'

/**
 * How long clients wait for an answer, and who says so: the strictest that a
 * wait exceeds is named. The sources stand in `docs/reference/command-line.md`.
 */
const PATIENCE = [
  { ms: 10_000, whose: 'OTLP exporters give up after 10 s, and drop what they had' },
  { ms: 3_000, whose: 'senders of webhooks give up after some seconds, some after 3 s, and send again' },
  { ms: 1_000, whose: 'a person who waits loses the thread after 1 s' },
] as const
/** The longest that anybody waits: where proxies give up. */
const LONGEST_MS = 60_000
/** What Kubernetes leaves between SIGTERM and SIGKILL unless told otherwise. */
const GRACE_MS = 30_000

/** More work in memory than anybody waits for. */
export function timeBombWarnings(
  { name, settings, warn }: StreamView,
  { rates }: Surroundings,
): readonly Warning[] {
  const ratePerSecond = rates[name] ?? settings.rate?.ratePerSecond
  const whence = rates[name] === undefined ? 'its rate' : '--rate'
  const sentence = ratePerSecond === undefined ? undefined : timeBombSentence(settings, ratePerSecond, whence)
  return sentence === undefined ? [] : [warn('window.items', sentence)]
}

/**
 * What makes the window of a stream that delivers so much a time bomb, and what to do; `undefined` when it is none.
 *
 * @param whence - who says that it delivers so much
 */
export function timeBombSentence(
  { window, store }: Pick<StreamSettings, 'window' | 'store'>,
  ratePerSecond: number,
  whence: string,
): string | undefined {
  if (timeBomb({ capacity: window.items, ratePerSecond }) === undefined) return undefined
  const most = Math.max(1, Math.floor((ratePerSecond * LONGEST_MS) / 1000))
  const holds = `is a time bomb: ${numberInWords(window.items)} events are ${msInWords((1000 * window.items) / ratePerSecond)} of work at ${numberInWords(ratePerSecond)} a second (${whence})`
  const harm =
    store === 'memory'
      ? 'and nobody waits longer than 60 s: once full, the stream delivers only what comes too late'
      : 'and the backlog holds them anyway: in memory they only take room'
  return `${holds}, ${harm}; lower it to ${numberInWords(most)} or less`
}

/** A wait that outlasts the client. */
export function patienceWarnings({ settings, warn }: StreamView): readonly Warning[] {
  const { whenFull, enqueueTimeoutMs } = settings
  const exceeded = PATIENCE.find(({ ms }) => enqueueTimeoutMs > ms)
  if (whenFull !== 'block' || !exceeded) return []
  const sentence = `lets a request wait ${msInWords(enqueueTimeoutMs)} for a place, and ${exceeded.whose}: the wait is then in vain, and the repetition comes on top; lower it to ${exceeded.ms} or less`
  return [warn('enqueueTimeoutMs', sentence)]
}

/** Attempts that never come, and deliveries that a stop cuts off. */
export function deliveryWarnings(
  { settings, warn }: StreamView,
  { drainTimeoutMs }: { readonly drainTimeoutMs: number },
): readonly Warning[] {
  const { retry, backlog, sink, store } = settings
  const warnings: Warning[] = []
  const pausesMs = longestPausesMs(retry)
  if (pausesMs > backlog.maxAgeMs) {
    const sentence = `allows pauses of ${msInWords(pausesMs)} in all, and after backlog.maxAgeMs, ${msInWords(backlog.maxAgeMs)}, an event is not tried again: its last attempts may never come; lower attempts or maxMs, or raise backlog.maxAgeMs`
    warnings.push(warn('retry', sentence))
  }
  if (store === 'memory' && sink.type === 'http' && sink.timeoutMs > drainTimeoutMs) {
    const sentence = `is ${msInWords(sink.timeoutMs)}, and a stop waits for ${msInWords(drainTimeoutMs)} (drainTimeoutMs): a slow delivery is then lost with the memory; lower it, or raise drainTimeoutMs`
    warnings.push(warn('sink.timeoutMs', sentence))
  }
  return warnings
}

/** A stop that is killed before it is done. */
export function drainWarnings(drainTimeoutMs: number, streams: readonly StreamView[]): readonly Warning[] {
  const losing = streams.find(({ settings }) => settings.store === 'memory')
  const stopMs = longestStopMs(drainTimeoutMs)
  if (!losing || stopMs <= GRACE_MS) return []
  const sentence = `lets a stop take ${msInWords(stopMs)}, and Kubernetes kills after 30 s unless told otherwise: stream ${losing.name} is in memory and loses the rest; lower it to ${GRACE_MS - stopMs + drainTimeoutMs} or less, or raise terminationGracePeriodSeconds`
  return [{ path: ['drainTimeoutMs'], sentence: `drainTimeoutMs ${sentence}` }]
}

function longestPausesMs({ attempts, baseMs, maxMs }: StreamView['settings']['retry']): number {
  let sumMs = 0
  for (let pause = 0; pause < attempts - 1; pause++) {
    const pauseMs = Math.min(maxMs, baseMs * 2 ** pause)
    if (pauseMs >= maxMs) return sumMs + maxMs * (attempts - 1 - pause)
    sumMs += pauseMs
  }
  return sumMs
}
