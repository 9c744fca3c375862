/**
 * Calls to Redis, bounded in time and in number.
 *
 * A client alone bounds neither: while the server is paused its commands pile
 * up, and each caller waits. Here a call that gets no answer in time is
 * abandoned, an abandoned call keeps its place among those in flight until the
 * client lets go of it, and after a failure one call at a time tries whether
 * Redis is back, while the others are told at once.
 */
import type { Clock } from 'spillway'
import { CallDeadlines, type Timed } from './call-deadlines.ts'
import type { Script } from './script.ts'
import type { ScriptRunner } from './script-runner.ts'
import { IS_OF_ITS_KEY } from './setup-error.ts'

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

/** A call on its way. */
class Flight implements Timed {
  readonly call: ScriptCall
  /** Whether its caller still waits. */
  isOpen = true
  dueMs = 0
  before: Timed | undefined
  after: Timed | undefined

  constructor(call: ScriptCall) {
    this.call = call
  }
}

/** A bounded way to Redis. */
export class RedisLink {
  readonly #options: LinkOptions
  readonly #deadlines: CallDeadlines<Flight>
  #calls = 0
  #failures = 0
  #inFlight = 0
  #isDown = false
  #isProbing = false
  #lastFault: unknown

  constructor(options: LinkOptions) {
    this.#options = options
    const { clock, callTimeoutMs } = options
    this.#deadlines = new CallDeadlines(clock, callTimeoutMs, (flight) => {
      flight.isOpen = false
      this.#fail(flight.call, new Error(`no answer within ${callTimeoutMs} ms`))
    })
  }

  /** Runs a script. Costs one command, two when the server does not know the script. */
  run(call: ScriptCall): void {
    const obstacle = this.#obstacle(this.#options.maxInFlight)
    if (obstacle !== undefined) {
      call.settle({ ok: false, fault: obstacle })
      return
    }
    this.#inFlight++
    this.#calls++
    this.#isProbing = this.#isDown
    const flight = new Flight(call)
    this.#deadlines.add(flight)
    this.#send(flight)
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
    this.#isDown = !isOfItsKey(fault)
    this.#isProbing = false
    const reason = this.#options.runner.explain?.(fault) ?? fault
    this.#lastFault = reason
    call.settle({ ok: false, fault: reason })
  }

  #send(flight: Flight): void {
    const { runner } = this.#options
    const { script, key, args } = flight.call
    this.#attempt(
      flight,
      () => runner.evalSha(script.sha1, [key], args),
      (fault) => {
        if (isUnknownScript(fault)) this.#sendText(flight)
        else this.#onFault(flight, fault)
      },
    )
  }

  #sendText(flight: Flight): void {
    const { script, key, args } = flight.call
    const send = (): PromiseLike<unknown> => this.#options.runner.eval(script.text, [key], args)
    this.#attempt(flight, send, (fault) => this.#onFault(flight, fault))
  }

  /** A client that throws has failed like one that rejects. */
  #attempt(flight: Flight, send: () => PromiseLike<unknown>, onFault: (fault: unknown) => void): void {
    let sent: PromiseLike<unknown>
    try {
      sent = send()
    } catch (fault) {
      onFault(fault)
      return
    }
    sent.then((reply) => this.#onReply(flight, reply), onFault)
  }

  #onReply(flight: Flight, reply: unknown): void {
    this.#inFlight--
    this.#isDown = false
    this.#isProbing = false
    if (this.#close(flight)) flight.call.settle({ ok: true, reply })
    else flight.call.onLate?.(reply)
  }

  #onFault(flight: Flight, fault: unknown): void {
    this.#inFlight--
    if (this.#close(flight)) this.#fail(flight.call, fault)
  }

  /** Whether its caller still waited. */
  #close(flight: Flight): boolean {
    if (!flight.isOpen) return false
    flight.isOpen = false
    this.#deadlines.remove(flight)
    return true
  }
}

/** After a restart, or on a fresh node of a cluster, the server does not know the script. */
function isUnknownScript(fault: unknown): boolean {
  return fault instanceof Error && fault.message.startsWith('NOSCRIPT')
}

/** The key holds something else: the server has answered, and other keys have nothing to do with it. */
function isOfItsKey(fault: unknown): boolean {
  return fault instanceof Error && IS_OF_ITS_KEY.test(fault.message)
}
