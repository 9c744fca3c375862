/**
 * The gateway's state as it changes: one stream of server-sent events, opened
 * again when it breaks.
 *
 * A connection that is open and silent is as lost as a closed one: the page
 * must never show old numbers as if they were live.
 *
 * Imports `ask`, `backoff`, `server-sent`, `token`, the protocol.
 */
import type { GatewayState } from '@spillway/gateway/protocol'
import { AskError, ask } from './ask.ts'
import { retryDelayMs } from './backoff.ts'
import { ServerSentReader } from './server-sent.ts'
import { readToken } from './token.ts'

/** The gateway speaks each second; so long a silence is a loss. */
const MAX_SILENCE_MS = 4000

/** How the page stands with the gateway. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Times are those of the reader's clock. */
  | {
      readonly kind: 'lost'
      readonly sinceMs: number
      readonly retryAtMs: number
      readonly reason: string
    }
  /** It asks for a token; `isWrong` when one was sent. */
  | { readonly kind: 'locked'; readonly isWrong: boolean }

/** Who is told. */
export interface LiveListener {
  onState(state: GatewayState): void
  onConnection(connection: Connection): void
}

/** The connection. It begins with `open`. */
export class LiveState {
  readonly #listener: LiveListener
  #current: AbortController | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #isLive = false
  #failures = 0
  #lostSinceMs: number | undefined

  constructor(listener: LiveListener) {
    this.#listener = listener
  }

  /** Opens the stream, now, whatever was planned. */
  open(): void {
    this.close()
    const attempt = new AbortController()
    this.#current = attempt
    void this.#follow(attempt).catch((error: unknown) => {
      if (this.#current === attempt) this.#failed(error)
      attempt.abort()
    })
  }

  /** Ends it, and plans nothing. */
  close(): void {
    this.#current?.abort()
    this.#current = undefined
    clearTimeout(this.#retry)
  }

  async #follow(attempt: AbortController): Promise<never> {
    const silence = new Watchdog(() => attempt.abort(new AskError('The gateway has fallen silent.')))
    try {
      const answer = await ask('api/state', { accept: 'text/event-stream', signal: attempt.signal })
      if (!answer.body) throw new AskError('The gateway answered without a body.')
      const reader = new ServerSentReader()
      const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await pieces.read()
        if (done) throw new AskError('The gateway has closed the connection.')
        for (const { name, data } of reader.push(value)) {
          if (name !== 'state' || this.#current !== attempt) continue
          silence.calm()
          this.#took(JSON.parse(data) as GatewayState) // of the gateway's own API
        }
      }
    } catch (error) {
      throw attempt.signal.aborted && attempt.signal.reason instanceof AskError
        ? attempt.signal.reason
        : error
    } finally {
      silence.stop()
    }
  }

  #took(state: GatewayState): void {
    this.#failures = 0
    this.#lostSinceMs = undefined
    this.#listener.onState(state)
    if (!this.#isLive) this.#listener.onConnection({ kind: 'live' })
    this.#isLive = true
  }

  #failed(error: unknown): void {
    this.#isLive = false
    if (error instanceof AskError && error.status === 401) {
      this.#listener.onConnection({ kind: 'locked', isWrong: readToken() !== undefined })
      return
    }
    this.#failures++
    this.#lostSinceMs ??= Date.now()
    const delayMs = retryDelayMs(this.#failures, Math.random)
    this.#retry = setTimeout(() => this.open(), delayMs)
    this.#listener.onConnection({
      kind: 'lost',
      sinceMs: this.#lostSinceMs,
      retryAtMs: Date.now() + delayMs,
      reason: error instanceof Error ? error.message : String(error),
    })
  }
}

/** Barks when nobody calmed it for too long. */
class Watchdog {
  readonly #bark: () => void
  #timer: ReturnType<typeof setTimeout>

  constructor(bark: () => void) {
    this.#bark = bark
    this.#timer = setTimeout(bark, MAX_SILENCE_MS)
  }

  calm(): void {
    this.stop()
    this.#timer = setTimeout(this.#bark, MAX_SILENCE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
