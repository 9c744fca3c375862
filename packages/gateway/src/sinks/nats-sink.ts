/**
 * Publishes each event to a subject of NATS: the payload as it is, and about
 * it in the headers what the gateway knows, its id as `Nats-Msg-Id`, so that a
 * stream with a dedupe window takes it once.
 *
 * With `mode: jetstream` an event is delivered when a stream has acknowledged
 * it. With `mode: core` it is delivered when the server has answered a ping
 * that was sent after it: the server has it, and hands it to whoever listens
 * then, if anybody does.
 *
 * Imports `sink`, `config`, `nats`, `protocol`.
 */
import { JetStreamApiError, type JetStreamClient, jetstream } from '@nats-io/jetstream'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import type { NatsSinkSettings } from '../config/sink-settings.ts'
import { connectNats } from '../nats/connect-nats.ts'
import { isAway } from '../nats/is-away.ts'
import { binaryHeaders } from '../protocol/cloud-events/binary-mode.ts'
import type { EnvelopedEvent } from '../protocol/envelope.ts'
import { type Attempt, asError, DELIVERED, type DeliveryOutcome, type Sink } from './sink.ts'

/** The stream is full, or there is no room: later there may be. Of other refusals by the API none changes by itself. */
const LATER = new Set([10002, 10008, 10023, 10028, 10047, 10074, 10077, 10122])
const MAX_PAYLOAD = 2 ** 20
/** What a header cannot hold: it would end it. */
const LINE_BREAK = /[\r\n]/g

/** Publishes to NATS. */
export class NatsSink implements Sink {
  readonly #settings: NatsSinkSettings
  readonly #connection: NatsConnection
  readonly #client: JetStreamClient
  #isConnected = true
  /** Those that wait for the same ping. */
  #flushing: Promise<void> | undefined

  private constructor(settings: NatsSinkSettings, connection: NatsConnection) {
    this.#settings = settings
    this.#connection = connection
    this.#client = jetstream(connection, { timeout: settings.timeoutMs })
    void this.#watch()
  }

  /** @throws NatsAccessError when there is no server, or it refuses the credentials */
  static async open(settings: NatsSinkSettings, streamName: string): Promise<NatsSink> {
    return new NatsSink(settings, await connectNats(settings, `spillway sink ${streamName}`))
  }

  async deliver(events: readonly EnvelopedEvent[], { attempt }: Attempt): Promise<DeliveryOutcome> {
    if (!this.#isConnected || this.#connection.isClosed()) return this.#absent()
    const most = this.#connection.info?.max_payload ?? MAX_PAYLOAD
    const tooLarge = events.find(({ payload }) => payload.length > most)
    if (tooLarge) {
      const problem = `a payload of ${tooLarge.payload.length} bytes is above the ${most} that the server takes (max_payload)`
      return { kind: 'never', cause: new Error(problem) }
    }
    try {
      if (this.#settings.mode === 'jetstream') await this.#publishKept(events, attempt)
      else await this.#publishCore(events, attempt)
      return DELIVERED
    } catch (thrown) {
      return this.#outcomeOf(asError(thrown))
    }
  }

  async close(): Promise<void> {
    // Gives up what has no answer yet.
    await this.#connection.close()
  }

  async #publishKept(events: readonly EnvelopedEvent[], attempt: number): Promise<void> {
    const { subject, timeoutMs } = this.#settings
    await Promise.all(
      events.map((event) => {
        const options = { headers: headersOf(event, attempt), timeout: timeoutMs, msgID: messageId(event) }
        return this.#client.publish(subject, event.payload, options)
      }),
    )
  }

  async #publishCore(events: readonly EnvelopedEvent[], attempt: number): Promise<void> {
    for (const event of events) {
      const fields = headersOf(event, attempt)
      fields.set('Nats-Msg-Id', messageId(event))
      this.#connection.publish(this.#settings.subject, event.payload, { headers: fields })
    }
    // A ping that went out before says nothing of these: the next one is waited for, by all of one turn together.
    this.#flushing ??= Promise.resolve().then(() => {
      this.#flushing = undefined
      return this.#flush()
    })
    await this.#flushing
  }

  async #flush(): Promise<void> {
    const { timeoutMs } = this.#settings
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new FlushTimeoutError(timeoutMs)), timeoutMs)
    })
    try {
      await Promise.race([this.#connection.flush(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #outcomeOf(cause: Error): DeliveryOutcome {
    if (cause instanceof JetStreamApiError) {
      return LATER.has(cause.code) || cause.status >= 500
        ? { kind: 'again', cause }
        : { kind: 'never', cause }
    }
    if (!this.#isConnected || isAway(cause)) return { kind: 'again', cause, isAbsent: true }
    return { kind: 'again', cause }
  }

  #absent(): DeliveryOutcome {
    const cause = new Error(`the connection to ${this.#settings.servers.join(', ')} is lost`)
    return { kind: 'again', cause, isAbsent: true }
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect' || type === 'staleConnection') this.#isConnected = false
      else if (type === 'reconnect') this.#isConnected = true
    }
  }
}

/** Within a stream that all tenants deliver to, the id of one is not another's. */
function messageId({ tenant, id }: EnvelopedEvent): string {
  return oneLine(tenant === '' ? id : `${tenant}/${id}`)
}

function headersOf(event: EnvelopedEvent, attempt: number): MsgHdrs {
  const fields = headers()
  fields.set('Content-Type', oneLine(event.contentType))
  fields.set('Spillway-Event-Id', oneLine(event.id))
  fields.set('Spillway-Attempt', String(attempt))
  if (event.tenant !== '') fields.set('Spillway-Tenant', oneLine(event.tenant))
  if (event.key !== undefined) fields.set('Spillway-Key', oneLine(event.key))
  for (const [name, value] of Object.entries(binaryHeaders(event.attributes ?? ''))) fields.set(name, value)
  if (event.traceparent !== undefined) fields.set('traceparent', oneLine(event.traceparent))
  return fields
}

function oneLine(text: string): string {
  return text.replace(LINE_BREAK, ' ')
}

/** No answer in time. */
class FlushTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`the server did not answer within ${timeoutMs} ms`)
  }

  // What the library's limits know a timeout by.
  override get name(): string {
    return 'TimeoutError'
  }
}
