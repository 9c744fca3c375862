/**
 * Follows a stream of the broker from its beginning, so that every gateway
 * knows what the others have written there.
 *
 * Imports nothing of the gateway.
 */
import { type ConsumerMessages, DeliverPolicy, type JetStreamClient, type JsMsg } from '@nats-io/jetstream'

/** Beyond this, what was there at the opening is followed without being waited for. */
const CATCH_UP_MS = 5000

/** Follows one stream. */
export class StreamTail {
  readonly #messages: ConsumerMessages

  private constructor(messages: ConsumerMessages) {
    this.#messages = messages
  }

  /**
   * Begins to follow; resolves when what is there was seen.
   *
   * @param there - how many messages there are now
   */
  static async open(
    client: JetStreamClient,
    stream: string,
    options: {
      readonly there: number
      readonly headersOnly: boolean
      readonly onMessage: (message: JsMsg) => void
    },
  ): Promise<StreamTail> {
    const consumer = await client.consumers.get(stream, {
      deliver_policy: DeliverPolicy.All,
      headers_only: options.headersOnly,
    })
    let caughtUp = (): void => {}
    const whole = new Promise<void>((resolve) => {
      caughtUp = resolve
    })
    const messages = await consumer.consume({
      callback: (message) => {
        try {
          options.onMessage(message)
        } catch {
          // No gateway wrote it: it says nothing.
        }
        if (message.info.pending === 0) caughtUp()
      },
    })
    let timer: NodeJS.Timeout | undefined
    const longEnough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CATCH_UP_MS)
    })
    if (options.there > 0) await Promise.race([whole, longEnough])
    clearTimeout(timer)
    return new StreamTail(messages)
  }

  async close(): Promise<void> {
    await this.#messages.close()
  }
}
