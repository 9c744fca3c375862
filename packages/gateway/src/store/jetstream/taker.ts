/**
 * Takes batches on from the broker, keeps them while they are worked at, and
 * gives them back: acknowledged when they are done with, parked until their
 * retry, or released for the other gateways.
 *
 * Imports `spillway`, `store`.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { Cancel, Clock } from 'spillway'
import type { EnvelopedEvent } from '../../protocol/envelope.ts'
import { decodeBatch } from './batch-message.ts'
import { BATCH_HEADER, PART_OF_HEADER } from './batch-sender.ts'
import type { Doubts } from './doubts.ts'
import type { HeldEvents, HeldMessage } from './held-events.ts'
import type { Arrival, Lane } from './lane.ts'
import { isDone, type Progress, type ProgressNotes } from './progress-notes.ts'

/** So many signs of life in the time after which another gateway takes over. */
const SIGNS_OF_LIFE = 3
const NANOS_PER_MS = 1_000_000
/** The most batches that are taken on in one step. */
const MAX_STEP = 256

/** What batches are taken with. */
export interface TakerOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly lanes: readonly Lane[]
  readonly takeOverMs: number
  readonly confirmTimeoutMs: number
  readonly held: HeldEvents
  readonly notes: ProgressNotes
  /** Of a stream in order, whose batches may come in parts. */
  readonly doubts: Doubts | undefined
  /** Resolves when a batch of our own has its answer. */
  answered(batch: string): Promise<void>
  /** A batch was taken on: what it held at first, and what of it waits for a retry. */
  onTaken(message: HeldMessage, events: readonly EnvelopedEvent[], progress: Progress | undefined): void
  /** A batch could not be taken on. */
  onFault(error: unknown): void
  /** A message that no gateway wrote. It is acknowledged when this has resolved. */
  onForeign(message: Msg): Promise<void>
}

/** Takes the batches of one stream. */
export class Taker {
  readonly #options: TakerOptions
  readonly #cancel: Cancel
  #acknowledged = 0
  #confirmed = 0

  constructor(options: TakerOptions) {
    this.#options = options
    for (const lane of options.lanes) {
      // One that can't be taken on is sent again by the broker; those behind it go on.
      lane.onArrival((arrival) => this.#arrive(lane, arrival).catch(options.onFault))
    }
    this.#cancel = this.#giveSigns()
  }

  /** How many acknowledgements were sent, ever. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** How many of them the broker has surely counted. */
  get confirmed(): number {
    return this.#confirmed
  }

  /** Takes on about so many batches, of what is there now; none of partitions that are another gateway's turn. */
  async take(batches: number): Promise<void> {
    const { lanes } = this.#options
    const open = lanes.filter((lane) => lane.mayTake() && (lane.hasNews || lanes.length === 1))
    const each = Math.min(MAX_STEP, Math.max(1, Math.ceil(batches / open.length)))
    await Promise.all(open.map((lane) => lane.take(each)))
  }

  /** Batches are done with. Resolves when the broker has made room for others, or does not answer. */
  async acknowledge(messages: readonly Pick<HeldMessage, 'reply'>[]): Promise<void> {
    const { connection, confirmTimeoutMs } = this.#options
    const there = messages.filter(({ reply }) => reply !== '')
    const last = there.at(-1)
    if (!last || connection.isClosed()) return
    for (const { reply } of there.slice(0, -1)) this.#say(reply, '+ACK')
    this.#acknowledged += there.length
    const upTo = this.#acknowledged
    try {
      await connection.request(last.reply, '+ACK', { timeout: confirmTimeoutMs })
      this.#confirmed = Math.max(this.#confirmed, upTo)
    } catch {
      // What is not acknowledged is delivered again: at least once.
    }
  }

  /** All that is left of a batch waits: nobody else is to have it before then, nor much later. */
  park(message: HeldMessage, delayMs: number): void {
    const delay = Math.max(0, delayMs) + this.#options.takeOverMs
    message.isParked = true
    this.#say(message.reply, `-NAK ${JSON.stringify({ delay: Math.ceil(delay) * NANOS_PER_MS })}`)
  }

  /** Gives everything back, so that others take it on at once. */
  release(): void {
    this.#cancel()
    for (const lane of this.#options.lanes) lane.close()
    for (const { reply } of this.#options.held.messages.values()) this.#say(reply, '-NAK')
  }

  #giveSigns(): Cancel {
    const { clock, takeOverMs, held } = this.#options
    let cancel: Cancel = () => {}
    const again = (): void => {
      cancel = clock.schedule(takeOverMs / SIGNS_OF_LIFE, () => {
        for (const { isParked, reply } of held.messages.values()) if (!isParked) this.#say(reply, '+WPI')
        again()
      })
    }
    again()
    return () => cancel()
  }

  async #arrive(lane: Lane, arrival: Arrival): Promise<void> {
    const { held, notes, onTaken } = this.#options
    const { message, isGood } = arrival
    // Of a consumer that is gone: whoever has the turn is handed it again.
    if (!isGood()) return
    const { brokerSeq, deliveries } = deliveryOf(message.reply ?? '')
    const batch = message.headers?.get(BATCH_HEADER) ?? ''
    const known = held.messages.get(brokerSeq)
    if (known?.batch === batch) {
      known.reply = message.reply ?? known.reply
      return
    }
    // A broker that lost its messages gives their numbers again.
    if (known) held.orphan(known)
    const events = batch === '' ? undefined : eventsOf(message)
    if (!events) return this.#setAside(message)
    if (!(await this.#isTaken(batch, lane, arrival))) return
    // A consumer that was made anew counts from one again.
    const isKnown = deliveries > 1 || brokerSeq <= lane.handedOutUpTo
    const progress = isKnown ? await notes.read(batch).catch(() => undefined) : undefined
    if (!isGood()) return
    const { partition } = lane
    const taken = held.add({
      ...{ brokerSeq, batch, partition, size: events.length },
      reply: message.reply ?? '',
    })
    const done = Buffer.from(progress?.done ?? '', 'base64')
    for (const [place, event] of events.entries()) {
      if (!isDone(done, place)) held.addEvent(taken, place, event)
    }
    onTaken(taken, events, progress)
  }

  /** Whether a batch, or the one that it is a part of, is taken; waits as long as that is open. */
  async #isTaken(batch: string, lane: Lane, { message, atMs, isGood }: Arrival): Promise<boolean> {
    const { doubts, answered } = this.#options
    const whole = message.headers?.get(PART_OF_HEADER) ?? ''
    // Its acknowledgement may come after it: then it is counted first.
    await answered(whole === '' ? batch : whole)
    if (whole === '' || !doubts) return isGood()
    const onOpen = (): void => lane.holdUp()
    const fate = await doubts.fateOf(whole, { arrivedAtMs: atMs, isAwaited: isGood, onOpen })
    lane.goOn()
    if (fate === 'given-up') this.#say(message.reply ?? '', '+ACK')
    return fate === 'taken' && isGood()
  }

  async #setAside(message: Msg): Promise<void> {
    await this.#options.onForeign(message).then(
      () => this.#say(message.reply ?? '', '+ACK'),
      () => {},
    )
  }

  #say(reply: string, what: string): void {
    const { connection } = this.#options
    if (reply !== '' && !connection.isClosed()) connection.publish(reply, what)
  }
}

function eventsOf(message: Msg): readonly EnvelopedEvent[] | undefined {
  try {
    return decodeBatch(message.data)
  } catch {
    return undefined
  }
}

/** What the broker says of a delivery: `$JS.ACK[.domain.account].stream.consumer.deliveries.seq.…`. */
function deliveryOf(reply: string): { readonly brokerSeq: number; readonly deliveries: number } {
  const tokens = reply.split('.')
  const at = tokens.length > 9 ? 6 : 4
  return { deliveries: Number(tokens[at]), brokerSeq: Number(tokens[at + 1]) }
}
