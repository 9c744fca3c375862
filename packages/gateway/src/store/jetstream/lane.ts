/**
 * One consumer of the broker, and what it hands out: taken on one by one, in
 * the order it comes. A stream in order has one for each partition, any other
 * has one.
 *
 * Imports `spillway`.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import type { Clock } from 'spillway'
import { Puller } from './puller.ts'

/** What a lane is made of. */
export interface LaneOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly stream: string
  readonly consumer: string
  readonly partition: number
  /** Whether it is this gateway that delivers. */
  mayTake(): boolean
}

/** A message, and when it came. */
export interface Arrival {
  readonly message: Msg
  readonly atMs: number
  /** Whether it may still be taken on: nobody else has been handed it meanwhile. */
  isGood(): boolean
}

/** One consumer. */
export class Lane {
  readonly partition: number
  readonly consumer: string
  /** Whether there may be something to take. */
  hasNews = true
  /** Up to this number messages may have been handed out to others before. */
  handedOutUpTo = 0
  readonly #options: LaneOptions
  readonly #puller: Puller
  #arriving: Promise<void> = Promise.resolve()
  #arrive: (arrival: Arrival) => Promise<void> = async () => {}
  #isHeldUp = false
  /** Ends a `take` that waits. */
  #letGo: (() => void) | undefined
  /** Counts how often the consumer was made anew: what came before comes again. */
  #life = 0

  constructor(options: LaneOptions) {
    const { connection, clock, stream, consumer, partition } = options
    this.#options = options
    this.partition = partition
    this.consumer = consumer
    const onMessage = (message: Msg): void => this.#receive(message)
    this.#puller = new Puller({ connection, clock, stream, consumer, onMessage })
  }

  mayTake(): boolean {
    return this.#options.mayTake()
  }

  /** What is done with each message, one after the other. */
  onArrival(arrive: (arrival: Arrival) => Promise<void>): void {
    this.#arrive = arrive
  }

  /** Takes on at most so many messages, of what is there now; what is held up is taken on later. */
  async take(count: number): Promise<void> {
    if (this.#isHeldUp) return
    this.hasNews = false
    const isMore = await this.#puller.pull(count)
    if (isMore) this.hasNews = true
    if (this.#isHeldUp) return
    const heldUp = new Promise<void>((resolve) => {
      this.#letGo = resolve
    })
    await Promise.race([this.#arriving, heldUp])
  }

  /** The message that is being taken on has to wait for others, and those behind it for it. */
  holdUp(): void {
    this.#isHeldUp = true
    this.#letGo?.()
  }

  /** It waits no longer. */
  goOn(): void {
    this.#isHeldUp = false
  }

  /** The consumer was made anew. */
  renewed(handedOutUpTo: number): void {
    this.#life++
    this.handedOutUpTo = handedOutUpTo
    this.hasNews = true
  }

  close(): void {
    this.#puller.close()
  }

  #receive(message: Msg): void {
    const life = this.#life
    const isGood = (): boolean => life === this.#life && this.#options.mayTake()
    const arrival = { message, atMs: this.#options.clock.nowMs(), isGood }
    this.#arriving = this.#arriving.then(() => this.#arrive(arrival))
  }
}
