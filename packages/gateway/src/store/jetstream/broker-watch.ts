/**
 * Whether the broker can be asked: what the connection says of itself, and
 * whether it answers.
 *
 * After a silence nothing is sent but a question, four times a second, until
 * there is an answer: so a broker that hangs costs one request its patience,
 * not all of them, and is noticed within a moment when it is back.
 *
 * Imports `spillway`.
 */
import type { NatsConnection } from '@nats-io/transport-node'
import type { Cancel, Clock } from 'spillway'

const ASK_AGAIN_MS = 250

/** What is watched. */
export interface BrokerWatchOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  /** Asks the broker for something; rejects when it does not answer. */
  probe(): Promise<unknown>
  /** The broker is back. */
  onBack(): void
}

/** Watches one broker. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions
  #isConnected = true
  #trouble: string | undefined
  #isAsking = false
  #isStopped = false
  #cancel: Cancel = () => {}

  constructor(options: BrokerWatchOptions) {
    this.#options = options
    void this.#listen()
  }

  /** What is wrong, in one clause; `undefined` when nothing is. */
  get trouble(): string | undefined {
    return this.#trouble
  }

  /** Something had no answer. */
  suspect(trouble: string): void {
    if (this.#isStopped) return
    this.#trouble ??= trouble
    this.#askSoon()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  async #listen(): Promise<void> {
    for await (const { type } of this.#options.connection.status()) {
      if (type === 'disconnect' || type === 'staleConnection') {
        this.#isConnected = false
        this.#trouble = 'the connection to the broker is lost'
      } else if (type === 'reconnect') {
        this.#isConnected = true
        this.#trouble = 'the broker was away, and has not answered yet'
        this.#askSoon()
      }
    }
  }

  #askSoon(): void {
    if (this.#isAsking || this.#isStopped) return
    this.#isAsking = true
    void this.#ask()
  }

  async #ask(): Promise<void> {
    try {
      if (!this.#isConnected) return
      await this.#options.probe()
      if (!this.#isConnected) return
      this.#trouble = undefined
      this.#options.onBack()
    } catch {
      // Asked again.
    } finally {
      this.#isAsking = false
      if (this.#trouble !== undefined && this.#isConnected && !this.#isStopped) {
        this.#cancel()
        this.#cancel = this.#options.clock.schedule(ASK_AGAIN_MS, () => this.#askSoon())
      }
    }
  }
}
