/**
 * The pace of a feed: it waits for the tokens that others are refused for.
 *
 * As a request does, a batch needs one token to enter, and books the others as
 * debt; so whoever sends beside a feed finds a token as often as the feed does.
 *
 * Imports `spillway`, `tenant-rate`.
 */
import { type Clock, systemClock } from 'spillway'
import type { TenantRate } from './tenant-rate.ts'

/** When to ask again where nobody knows. */
const UNKNOWN_MS = 100

/** A rate that a feed keeps to. */
export type PacedRate = Pick<TenantRate, 'burst' | 'enter' | 'book'>

/** What holds a feed to its rates. */
export interface FeedPace {
  /** The most events that may be asked for at once: the smallest burst. */
  readonly maxBatch: number
  /** Resolves when so many events, at most `maxBatch`, may be taken; rejects with the signal's reason. */
  wait(events: number, signal: AbortSignal): Promise<void>
}

/** The pace of several rates together; of none, no pace at all. */
export function paceOf(rates: readonly PacedRate[], clock: Clock = systemClock): FeedPace {
  return {
    maxBatch: Math.max(1, Math.min(...rates.map(({ burst }) => burst))),
    async wait(events, signal) {
      for (const rate of rates) {
        await entered(rate, signal, clock)
        if (events > 1) await rate.book(events - 1)
      }
    },
  }
}

async function entered(rate: PacedRate, signal: AbortSignal, clock: Clock): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const verdict = await rate.enter()
    if (verdict.admitted) return verdict.end()
    await sleep(verdict.retryAfterMs ?? UNKNOWN_MS, signal, clock)
  }
}

function sleep(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const giveUp = (): void => {
      stop()
      reject(signal.reason)
    }
    const stop = clock.schedule(ms, () => {
      signal.removeEventListener('abort', giveUp)
      resolve()
    })
    signal.addEventListener('abort', giveUp, { once: true })
  })
}
