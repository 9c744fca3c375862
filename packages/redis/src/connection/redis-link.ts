/**
 * Calls to Redis, bounded in time and in number.
 *
 * A client alone bounds neither: while the server is paused its commands pile
 * up, and each caller waits. Here a call that gets no answer in time is
 * abandoned, an abandoned call keeps its place among those in flight until the
 * client lets go of it, and after a failure one call at a time tries whether
 * Redis is back, while the others are told at once.
 */
import type { Cancel, Clock } from 'spillway'
import type { Script } from './script.ts'
import type { ScriptRunner } from './script-runner.ts'

/** The answer to a call, or why there is none. */
export type Answer =
  | { readonly ok: true; readonly reply: unknown }
  | { readonly ok: false; readonly fault: unknown }

/** One call. */
export interface ScriptCall {
  readonly script: Script
  readonly key: string
  readonly args: readonly string[]
  /** Called at most once, possibly before `run` returns. Must not throw. */
  settle(answer: Answer): void
  /** Called when an answer arrives after `settle` said that there is none: to undo what the script did. */
  onLate?(reply: unknown): void
}

/** How the link is, and what it went through. */
export interface LinkStats {
  /** Calls sent to Redis. */
  readonly calls: number
  /** Calls that failed, or were not answered in time. */
  readonly failures: number
  /** Calls the client has not let go of. */
  readonly inFlight: number
  /** Whether the latest news was bad. */
  readonly isDown: boolean
  /** The latest failure, as an error; `undefined` when there was none. */
  readonly lastFault: unknown
}

/** What a link is made of. */
export interface LinkOptions {
  readonly runner: ScriptRunner
  readonly clock: Clock
  readonly callTimeoutMs: number
  readonly maxInFlight: number
}

/** A bounded way to Redis. */
export class RedisLink {
  readonly #options: LinkOptions
  #calls = 0
  #failures = 0
  #inFlight = 0
  #isDown = false
  #isProbing = false
  #lastFault: unknown

  constructor(options: LinkOptions) {
    this.#options = options
  }

  /** Runs a script. Costs one command, two when the server does not know the script. */
  run(call: ScriptCall): void {
    const { clock, callTimeoutMs, maxInFlight } = this.#options
    const obstacle = this.#obstacle(maxInFlight)
    if (obstacle !== undefined) {
      call.settle({ ok: false, fault: obstacle })
      return
    }
    this.#inFlight++
    this.#calls++
    this.#isProbing = this.#isDown
    const open: { isOpen: boolean; cancel: Cancel | undefined } = { isOpen: true, cancel: undefined }
    const close = (): boolean => {
      const wasOpen = open.isOpen
      open.isOpen = false
      open.cancel?.()
      return wasOpen
    }
    const onReply = (reply: unknown): void => {
      this.#inFlight--
      this.#isDown = false
      this.#isProbing = false
      if (close()) call.settle({ ok: true, reply })
      else call.onLate?.(reply)
    }
    const onFault = (fault: unknown): void => {
      this.#inFlight--
      if (close()) this.#fail(call, fault)
    }
    this.#send(call, onReply, onFault)
    if (!open.isOpen) return
    open.cancel = clock.schedule(callTimeoutMs, () => {
      if (close()) this.#fail(call, new Error(`no answer within ${callTimeoutMs} ms`))
    })
  }

  stats(): LinkStats {
    return {
      calls: this.#calls,
      failures: this.#failures,
      inFlight: this.#inFlight,
      isDown: this.#isDown,
      lastFault: this.#lastFault,
    }
  }

  /** Why nothing is sent now; `undefined` when it is. */
  #obstacle(maxInFlight: number): unknown {
    if (this.#isDown && this.#isProbing) return this.#lastFault
    if (this.#inFlight < maxInFlight) return undefined
    return new Error(`no answer yet to ${maxInFlight} calls`)
  }

  #fail(call: ScriptCall, fault: unknown): void {
    this.#failures++
    this.#isDown = true
    this.#isProbing = false
    const reason = this.#options.runner.explain?.(fault) ?? fault
    this.#lastFault = reason
    call.settle({ ok: false, fault: reason })
  }

  #send(call: ScriptCall, onReply: (reply: unknown) => void, onFault: (fault: unknown) => void): void {
    const { runner } = this.#options
    const { script, key, args } = call
    const onFirstFault = (fault: unknown): void => {
      if (isUnknownScript(fault)) attempt(() => runner.eval(script.text, [key], args), onReply, onFault)
      else onFault(fault)
    }
    attempt(() => runner.evalSha(script.sha1, [key], args), onReply, onFirstFault)
  }
}

/** A client that throws has failed like one that rejects. */
function attempt(
  send: () => PromiseLike<unknown>,
  onReply: (reply: unknown) => void,
  onFault: (fault: unknown) => void,
): void {
  let sent: PromiseLike<unknown>
  try {
    sent = send()
  } catch (fault) {
    onFault(fault)
    return
  }
  sent.then(onReply, onFault)
}

/** After a restart, or on a fresh node of a cluster, the server does not know the script. */
function isUnknownScript(fault: unknown): boolean {
  return fault instanceof Error && fault.message.startsWith('NOSCRIPT')
}
