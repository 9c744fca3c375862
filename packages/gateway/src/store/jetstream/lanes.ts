/**
 * The consumers by which this gateway takes batches: the one of all gateways,
 * or of a stream in order those of the partitions whose turn it has.
 *
 * Imports `spillway`, `store`.
 */
import type { JetStreamManager } from '@nats-io/jetstream'
import { lastHandedOut, renewConsumer } from './ensure-streams.ts'
import { type Ground, REQUEST_TIMEOUT_MS } from './ground.ts'
import { Lane } from './lane.ts'
import type { ConsumerWish, StreamPlan } from './stream-plan.ts'
import { Turn } from './turn.ts'
import { Turns } from './turns.ts'

/** Whom lanes tell, and whom they ask. */
export interface LanesVoice {
  /** How many messages of a partition are in hand. */
  inHand(partition: number): number
  /** There may be something to take. */
  onNews(): void
  /** The turn with a partition is somebody else's. */
  onLost(): void
}

/** The consumers of one stream. */
export class Lanes {
  readonly all: readonly Lane[]
  readonly #ground: Ground
  readonly #plan: StreamPlan
  readonly #voice: LanesVoice
  readonly #turns: Turns | undefined

  constructor(plan: StreamPlan, ground: Ground, voice: LanesVoice) {
    this.#plan = plan
    this.#ground = ground
    this.#voice = voice
    const { connection, clock, instance, settings } = ground
    this.all = plan.consumers.map(({ durable_name: consumer }, partition) => {
      const mayTake = (): boolean => this.#turns?.mayTake(partition) ?? true
      return new Lane({ connection, clock, stream: plan.backlog.name, consumer, partition, mayTake })
    })
    if (!plan.doubts) return
    this.#turns = new Turns({
      ...{ connection, clock, instance, takeOverMs: settings.takeOverMs },
      subject: plan.subjects.here,
      turns: this.all.map((lane) => this.#turnOf(lane)),
      inHand: (partition) => voice.inHand(partition),
    })
  }

  /** Takes the turns that are free. */
  async start(): Promise<void> {
    await this.#turns?.start()
  }

  /** Gives all turns back. */
  async stop(): Promise<void> {
    await this.#turns?.stop()
  }

  close(): void {
    for (const lane of this.all) lane.close()
  }

  /**
   * There may be something to take in these partitions, or in any.
   *
   * @returns whether it may be taken here
   */
  hasNews(partitions: readonly number[] = this.all.map(({ partition }) => partition)): boolean {
    let isOurs = false
    for (const partition of partitions) {
      const lane = this.all[partition]
      if (!lane) continue
      lane.hasNews = true
      isOurs ||= lane.mayTake()
    }
    return isOurs
  }

  /** Consumers were made anew, when the last message had this number. */
  renewed(names: readonly string[], lastSeq: number): void {
    for (const lane of this.all) {
      if (names.includes(lane.consumer)) lane.renewed(Math.max(lane.handedOutUpTo, lastSeq))
    }
  }

  /**
   * Makes the consumers of this gateway anew, when one of them has handed out the first message of the stream by its own
   * word, and the message is there all the same.
   *
   * @returns whether that was so
   */
  async freeForgotten(firstSeq: number): Promise<boolean> {
    const lane = await this.#laneOf(firstSeq)
    if (!lane?.mayTake()) return false
    const { name } = this.#plan.backlog
    const { ack_floor: floor } = await this.#manager.consumers.info(name, lane.consumer)
    if (firstSeq > floor.stream_seq) return false
    // What the broker forgot of one it may have forgotten of all.
    for (const each of this.all.filter((one) => one.mayTake())) {
      const upTo = await lastHandedOut(this.#manager, name, this.#wishOf(each))
      await this.#renew(each, Math.max(each.handedOutUpTo, upTo))
    }
    return true
  }

  get #manager(): JetStreamManager {
    return this.#ground.manager
  }

  async #laneOf(seq: number): Promise<Lane | undefined> {
    if (!this.#turns) return this.all[0]
    const found = await this.#manager.streams.getMessage(this.#plan.backlog.name, { seq })
    return this.all.find(({ partition }) => {
      return found?.subject.startsWith(this.#plan.subjects.backlog(partition, ''))
    })
  }

  #turnOf(lane: Lane): Turn {
    const { client, manager, clock, instance, settings } = this.#ground
    const { progress, backlog, subjects } = this.#plan
    return new Turn({
      ...{ client, manager, clock, instance, takeOverMs: settings.takeOverMs },
      timeoutMs: REQUEST_TIMEOUT_MS,
      stream: progress.name,
      subject: subjects.turn(lane.partition),
      handedOut: async (known) => {
        if (known === undefined) return (await manager.streams.info(backlog.name)).state.last_seq
        return Math.max(known, await lastHandedOut(manager, backlog.name, this.#wishOf(lane)))
      },
      begin: async (upTo) => {
        await this.#renew(lane, upTo)
        clock.schedule(0, () => this.#voice.onNews())
      },
      // What is in hand goes on, its retries too: whoever has the turn begins before it, so that neither overtakes.
      onLost: () => this.#voice.onLost(),
      onFault: (error) => {
        this.#ground.onWarning(`${backlog.name}: no turn with partition ${lane.partition}: ${String(error)}`)
      },
    })
  }

  async #renew(lane: Lane, upTo: number): Promise<void> {
    await renewConsumer(this.#manager, this.#plan.backlog.name, this.#wishOf(lane))
    lane.renewed(upTo)
  }

  #wishOf({ partition }: Lane): ConsumerWish {
    const wish = this.#plan.consumers[partition]
    if (!wish) throw new Error(`there is no partition ${partition}`)
    return wish
  }
}
