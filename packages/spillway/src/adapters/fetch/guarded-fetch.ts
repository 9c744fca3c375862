/**
 * A `fetch` that a server under overload would wish for: it asks its gate
 * before it sends, tries again later and within a budget, comes back when the
 * server said, passes on how much time is left, and gives up when none is.
 *
 * A permit is held until the response begins; reading the body is the
 * caller's.
 * Floor 5: imports `deadline`, `errors`, `gate`, `retry`.
 */
import { TimeBudget } from '../../deadline/time-budget.ts'
import { OverloadError } from '../../errors/overload-error.ts'
import type { Outcome } from '../../gate/gate.ts'
import { outcomeOf, type Settled } from '../../gate/outcome.ts'
import { run } from '../../gate/run.ts'
import { retry } from '../../retry/retry.ts'
import {
  type GuardedFetchOptions,
  type GuardedInit,
  type ResolvedFetch,
  resolveFetchOptions,
} from './fetch-options.ts'
import { isWorthResending, RefusedResponse, resendAfterMs, sendableOf } from './resending.ts'

/** As `fetch`, with the time, the importance and the key of the call beside its `RequestInit`. */
export type GuardedFetch = (input: string | URL | Request, init?: GuardedInit) => Promise<Response>

/**
 * Makes a guarded `fetch`. A 429 or 503 that is not worth another attempt is returned like any other response.
 *
 * The call rejects with an `OverloadError` when its own gate refuses or its time is spent, with a `TimeoutError` when
 * the last attempt took longer than `timeoutMs`, and otherwise as `fetch` does.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function guardedFetch(given: GuardedFetchOptions = {}): GuardedFetch {
  const options = resolveFetchOptions(given)
  return async (input, init = {}) => {
    const { finishWithinMs = options.finishWithinMs, key, criticality, ...plain } = init
    const time = new TimeBudget(finishWithinMs, options.clock.nowMs())
    const sendable = sendableOf(input, plain)
    const call: Call = { options, input, init: plain, time }
    const signal = init.signal ?? (input instanceof Request ? input.signal : undefined)
    const attempt = async (): Promise<Response> => {
      const ask = { key, criticality, signal, finishWithinMs: time.remainingMs(options.clock.nowMs()) }
      const send = (): Promise<Response> => sendOnce(call, signal)
      const response = await (options.gate ? run(options.gate, send, { ...ask, outcomeOf: judge }) : send())
      if (isRefusal(response)) throw new RefusedResponse(response)
      return response
    }
    try {
      return await retry(attempt, {
        attempts: options.attempts,
        backoff: options.backoff,
        budget: options.budget,
        signal,
        finishWithinMs,
        maxDelayMs: options.maxDelayMs,
        isRetryable: (error) => isWorthResending(error, sendable),
        retryAfterMs: resendAfterMs,
        onRetry: discard,
        clock: options.clock,
      })
    } catch (error) {
      if (!(error instanceof RefusedResponse)) throw error
      // Its body was given up for another attempt, for which the time no longer sufficed.
      if (error.response.bodyUsed) throw spent()
      return error.response
    }
  }
}

interface Call {
  readonly options: ResolvedFetch
  readonly input: string | URL | Request
  readonly init: RequestInit
  readonly time: TimeBudget
}

/** One attempt: bounded by the time of an attempt and by what is left of the call's. */
async function sendOnce(
  { options, input, init, time }: Call,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { clock, timeoutMs, budgetHeader, marginMs } = options
  const nowMs = clock.nowMs()
  const passOnMs = time.toPassOnMs(nowMs, { marginMs })
  if (passOnMs === undefined) throw spent()
  const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined))
  if (budgetHeader && Number.isFinite(passOnMs)) headers.set(budgetHeader, String(passOnMs))
  const late = new AbortController()
  const stop = clock.schedule(Math.min(timeoutMs, time.remainingMs(nowMs)), () => {
    late.abort(new DOMException('guardedFetch: no response in time', 'TimeoutError'))
  })
  try {
    // The caller's signal stays in force while the body is read; the timer ends with the headers.
    const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
    return await (options.fetch ?? globalThis.fetch)(input, { ...init, headers, signal: either })
  } finally {
    stop()
  }
}

function spent(): OverloadError {
  return new OverloadError('ERR_BUDGET_SPENT', 'guardedFetch: too little time is left to ask at all')
}

function judge(settled: Settled<Response>): Outcome {
  return settled.ok && isRefusal(settled.value) ? 'failure' : outcomeOf(settled)
}

function isRefusal({ status }: Response): boolean {
  return status === 429 || status === 503
}

/** A body that nobody reads would keep its connection. */
function discard(error: unknown): void {
  if (error instanceof RefusedResponse) error.response.body?.cancel().catch(() => {})
}
