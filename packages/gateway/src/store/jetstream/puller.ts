/**
 * Takes messages of one consumer, as many as asked for and not one more: a
 * pull that does not wait, so that the answer also says that nothing is there.
 *
 * Imports `spillway`.
 */
import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node'
import type { Clock } from 'spillway'

/** A pull that the broker has kept for later, because too much is unacknowledged, has no answer: it is given up. */
const GIVE_UP_MS = 1000

/** What is pulled from. */
export interface PullerOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly stream: string
  readonly consumer: string
  /** A message. Those of a pull that was given up come too. */
  onMessage(message: Msg): void
}

interface Pull {
  readonly inbox: string
  left: number
  /** Ends it; whether there may be more to take. */
  end(isMore: boolean): void
}

/** Pulls from one consumer. */
export class Puller {
  readonly #options: PullerOptions
  readonly #subject: string
  readonly #inbox = createInbox()
  readonly #subscription: Subscription
  #pull: Pull | undefined
  #running: Promise<boolean> = Promise.resolve(true)
  #count = 0

  constructor(options: PullerOptions) {
    this.#options = options
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`
    this.#subscription = options.connection.subscribe(`${this.#inbox}.*`, {
      callback: (_error, message) => this.#receive(message),
    })
  }

  /**
   * Takes at most so many messages that are there now; one pull after the other.
   *
   * @returns whether there may be more
   */
  pull(count: number): Promise<boolean> {
    this.#running = this.#running.then(() => this.#ask(count))
    return this.#running
  }

  close(): void {
    this.#subscription.unsubscribe()
    this.#pull?.end(true)
  }

  #ask(count: number): Promise<boolean> {
    const { connection, clock } = this.#options
    if (connection.isClosed()) return Promise.resolve(true)
    return new Promise((resolve) => {
      const inbox = `${this.#inbox}.${this.#count++}`
      const end = (isMore: boolean): void => {
        cancel()
        if (this.#pull?.inbox === inbox) this.#pull = undefined
        resolve(isMore)
      }
      const cancel = clock.schedule(GIVE_UP_MS, () => end(true))
      this.#pull = { inbox, left: count, end }
      connection.publish(this.#subject, JSON.stringify({ batch: count, no_wait: true }), { reply: inbox })
    })
  }

  #receive(message: Msg): void {
    const pull = this.#pull
    if (isStatus(message)) {
      // Nothing there, or the end of what was there.
      if (pull?.inbox === message.subject) pull.end(false)
      return
    }
    this.#options.onMessage(message)
    if (pull && --pull.left === 0) pull.end(true)
  }
}

/** A status has a code and no body. */
function isStatus({ data, headers }: Msg): boolean {
  return data.length === 0 && (headers?.code ?? 0) > 0
}
