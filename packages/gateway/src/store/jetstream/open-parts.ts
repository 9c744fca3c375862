/**
 * The parts of one stream, made ready: streams and consumers created or
 * checked, the others' ids and dead letters read, and a look at the broker
 * every second.
 *
 * Imports `spillway`, `store`.
 */
import type { JetStreamManager } from '@nats-io/jetstream'
import type { Msg } from '@nats-io/transport-node'
import type { Cancel, Clock } from 'spillway'
import type { EnvelopedEvent } from '../../protocol/envelope.ts'
import type { StreamOptions } from '../store.ts'
import { StreamBook } from '../stream-book.ts'
import { BatchSender } from './batch-sender.ts'
import { DeadLetterLog } from './dead-letter-log.ts'
import { Doubts } from './doubts.ts'
import { isGone } from './ensure-streams.ts'
import { Footing } from './footing.ts'
import { type Ground, REQUEST_TIMEOUT_MS } from './ground.ts'
import { HeldEvents, type HeldMessage } from './held-events.ts'
import { KnownIds } from './known-ids.ts'
import { Lanes } from './lanes.ts'
import { type Progress, ProgressNotes } from './progress-notes.ts'
import { type BrokerState, SharedCount } from './shared-count.ts'
import { backlogLimits, planStream, type StreamPlan } from './stream-plan.ts'
import { Taker } from './taker.ts'

/** How often the broker is asked what it holds. */
const LOOK_MS = 1000
/** At every such look it is seen whether all that the stream stands on is there. */
const LOOKS_PER_RESTORE = 5
/** How many batches are taken on at the opening. */
const FIRST_STEP = 32
/** Others are told of news no more often than this. */
const WAKE_MS = 5
/** Headers and subject of a message: the broker's bound is for all of it. */
const HEADERS_BYTES = 1024

/** One stream of the store. */
export class StreamParts {
  readonly name: string
  readonly book: StreamBook
  readonly held: HeldEvents = new HeldEvents()
  readonly shared: SharedCount = new SharedCount()
  readonly notes: ProgressNotes
  readonly sender: BatchSender
  readonly taker: Taker
  readonly dead: DeadLetterLog
  readonly wallNowMs: () => number = () => this.#ground.wallNowMs()
  readonly #ground: Ground
  readonly #plan: StreamPlan
  readonly #ids: KnownIds
  readonly #footing: Footing
  readonly #lanes: Lanes
  /** Only of a stream that keeps an order. */
  readonly #doubts: Doubts | undefined
  /** In which partitions there is news for others. */
  readonly #newsFor = new Set<number>()
  #isOpening = true
  #onNews: () => void = () => {}
  #stopLooking: Cancel = () => {}
  #stopWaking: Cancel | undefined
  #firstAtMs: number | undefined
  #firstSeqBefore = 0
  #looking: Promise<void> | undefined
  #looks = 0
  #limits: Pick<StreamOptions['backlog'], 'items' | 'bytes'>

  private constructor(name: string, options: StreamOptions, ground: Ground) {
    const { client, manager, settings, instance, onSilence, onWarning } = ground
    this.name = name
    this.#ground = ground
    this.#limits = options.backlog
    const book = new StreamBook(name, options, this.wallNowMs)
    const plan = planStream(name, { ...options, dedupe: book.dedupe }, settings)
    const { subjects, progress, ids, dead, backlog, doubts } = plan
    this.book = book
    this.#plan = plan
    const { wallNowMs } = this
    const common = { client, manager, timeoutMs: REQUEST_TIMEOUT_MS, instance, wallNowMs }
    const noting = { ...common, stream: progress.name, subjectOf: subjects.progress }
    this.notes = new ProgressNotes(noting, this.held)
    this.#ids = new KnownIds({ ...common, stream: ids.name, subject: subjects.ids, window: book.window })
    this.dead = new DeadLetterLog({ ...common, stream: dead.name, subject: subjects.dead, book })
    this.#doubts = doubts && this.#newDoubts(doubts.name)
    this.sender = new BatchSender({
      ...{ ...common, clock: ground.clock },
      timeoutMs: options.commitTimeoutMs ?? REQUEST_TIMEOUT_MS,
      stream: backlog.name,
      maxMessageBytes: this.maxMessageBytes,
      dedupeWindowMs: book.dedupe.windowMs,
      ids: this.#ids,
      partitions: doubts && settings.partitions,
      doubts: this.#doubts,
      subjectOf: subjects.backlog,
      ...{ onSilence, onWarning },
    })
    this.#lanes = new Lanes(plan, ground, {
      inHand: (partition) => this.held.messagesIn(partition),
      onNews: () => this.#onNews(),
      onLost: () => this.lookSoon(),
    })
    this.taker = this.#newTaker()
    this.#footing = this.#newFooting()
  }

  /**
   * Creates what is missing, checks what is there, and takes on the first batches.
   *
   * @throws StoreError when what is there contradicts; OptionError
   */
  static async open(name: string, options: StreamOptions, ground: Ground): Promise<StreamParts> {
    const parts = new StreamParts(name, options, ground)
    try {
      await parts.#open()
      return parts
    } catch (error) {
      await parts.close()
      throw error
    }
  }

  get clock(): Clock {
    return this.#ground.clock
  }

  get manager(): JetStreamManager {
    return this.#ground.manager
  }

  get stream(): string {
    return this.#plan.backlog.name
  }

  get replicas(): number {
    return this.#ground.settings.replicas
  }

  get maxPublishing(): number {
    return this.#ground.settings.maxPublishing
  }

  get maxMessageBytes(): number {
    return (this.#ground.connection.info?.max_payload ?? 2 ** 20) - HEADERS_BYTES
  }

  trouble(): string | undefined {
    return this.#ground.trouble()
  }

  /** Calls back when there may be something new to read. */
  onNews(listener: () => void): void {
    this.#onNews = listener
  }

  /** When the oldest event was received, as far as is known. */
  oldestReceivedAtMs(): number | undefined {
    const known = [this.held.oldestReceivedAtMs, this.shared.oldestReceivedAtMs]
    if (this.shared.hasOthers) known.push(this.#firstAtMs)
    const times = known.filter((atMs) => atMs !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** There is something new in a partition: tells the other gateways; many calls of a moment become one. */
  stored(partition: number): void {
    const { clock, connection, instance } = this.#ground
    this.#lanes.hasNews([partition])
    this.#newsFor.add(partition)
    this.#stopWaking ??= clock.schedule(WAKE_MS, () => {
      this.#stopWaking = undefined
      const news = `${instance} ${[...this.#newsFor].join(' ')}`
      this.#newsFor.clear()
      if (!connection.isClosed()) connection.publish(this.#plan.subjects.wake, news)
    })
  }

  /** Lets the books say what the broker and this gateway hold together. */
  sync = (): void => {
    const { items, bytes } = this.held.amount
    this.book.sharedBacklog(this.shared.items + items, this.shared.bytes + bytes)
    this.book.oldestReceivedAtMs = this.oldestReceivedAtMs()
  }

  /** Asks the broker now what it holds, unless it is being asked. */
  lookSoon(): void {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
  }

  /** Raises the bounds of the broker, where they are lower than these. */
  async raiseLimits({ items, bytes }: StreamOptions['backlog']): Promise<void> {
    const { manager, onWarning } = this.#ground
    const before = this.#limits
    this.#limits = { items: Math.max(items, before.items), bytes: Math.max(bytes, before.bytes) }
    if (this.#limits.items === before.items && this.#limits.bytes === before.bytes) return
    try {
      await manager.streams.update(this.stream, backlogLimits({ ...this.#limits, maxAgeMs: 1 }))
    } catch (error) {
      onWarning(`the bounds of ${this.stream} could not be raised: ${String(error)}`)
    }
  }

  /** Makes anew what of the broker's streams is gone. Rejects when the broker does not answer. */
  restore(): Promise<void> {
    return this.#footing.restore()
  }

  /** The broker is back: what it holds is looked at, and what was waited for is tried. */
  onBack(): void {
    this.lookSoon()
    this.#lanes.hasNews()
    this.#onNews()
  }

  async close(): Promise<void> {
    this.#stopLooking()
    this.#stopWaking?.()
    this.taker.release()
    await this.#lanes.stop()
    await this.#footing.close()
  }

  async #open(): Promise<void> {
    const { connection, instance } = this.#ground
    await this.#footing.open()
    connection.subscribe(this.#plan.subjects.wake, {
      callback: (_error, message) => {
        const [who, ...partitions] = message.string().split(' ')
        if (who !== instance && this.#lanes.hasNews(partitions.map(Number))) this.#onNews()
      },
    })
    await this.#observe()
    await this.#lanes.start()
    await this.taker.take(FIRST_STEP)
    await this.#look()
    this.#isOpening = false
    this.#lookAgain()
  }

  #newFooting(): Footing {
    const { client, manager, settings, onWarning } = this.#ground
    return new Footing({
      ...{ client, manager, plan: this.#plan, replicas: settings.replicas, ids: this.#ids, dead: this.dead },
      onBacklogAnew: () => this.#onBacklogAnew(),
      onConsumersAnew: (names, lastSeq) => this.#lanes.renewed(names, lastSeq),
      onWarning,
    })
  }

  #newTaker(): Taker {
    const { connection, clock, settings, onWarning } = this.#ground
    return new Taker({
      ...{ connection, clock, lanes: this.#lanes.all, held: this.held, notes: this.notes },
      doubts: this.#doubts,
      takeOverMs: settings.takeOverMs,
      confirmTimeoutMs: REQUEST_TIMEOUT_MS,
      answered: (batch) => this.sender.answered(batch),
      onTaken: (...taken) => this.#taken(...taken),
      onForeign: (message) => this.#setForeignAside(message),
      onFault: (error) => onWarning(`stream ${this.name}: a batch could not be taken on: ${String(error)}`),
    })
  }

  #newDoubts(stream: string): Doubts {
    const { client, manager, clock, settings } = this.#ground
    const { backlog, subjects } = this.#plan
    return new Doubts({
      ...{ client, manager, clock, stream, takeOverMs: settings.takeOverMs },
      timeoutMs: REQUEST_TIMEOUT_MS,
      backlog: backlog.name,
      subjectOf: subjects.doubt,
      subjectOfPart: subjects.backlog,
    })
  }

  #lookAgain(): void {
    this.#stopLooking = this.#ground.clock.schedule(LOOK_MS, () => {
      this.lookSoon()
      this.#lookAgain()
    })
  }

  async #look(): Promise<void> {
    if (this.trouble() !== undefined) return
    try {
      if (++this.#looks % LOOKS_PER_RESTORE === 0) await this.restore()
      const { messages, firstSeq } = await this.#observe()
      if (messages > 0) await this.#freeForgotten(firstSeq)
      // What is there and not ours may be free: sent by others, or left by one that ended.
      if (messages > this.held.messages.size && !this.#isOpening && this.#lanes.hasNews()) this.#onNews()
      await this.dead.compare()
      await this.#doubts?.sweep()
    } catch (error) {
      if (isGone(error)) return this.restore().catch(() => {})
      this.#ground.onSilence(`the broker does not say what it holds (${String(error)})`)
    }
  }

  /** Compares the books with the broker. Returns what it says. */
  async #observe(): Promise<BrokerState> {
    const { confirmed } = this.taker
    const { state } = await this.#ground.manager.streams.info(this.stream)
    const { messages, first_seq, last_seq, first_ts } = state
    this.#firstAtMs = Date.parse(String(first_ts))
    const seen = { messages, firstSeq: first_seq, lastSeq: last_seq }
    // Acknowledged and perhaps still counted there; stored and perhaps not yet counted here.
    const unsure = this.taker.acknowledged - confirmed + this.sender.messagesUnderWay
    this.shared.observe(seen, this.held.messages.size, unsure)
    this.sync()
    return seen
  }

  /** What is in hand goes on, and is acknowledged to nobody. */
  #onBacklogAnew(): void {
    for (const message of [...this.held.messages.values()]) this.held.orphan(message)
    this.shared.clear()
    this.sync()
  }

  /**
   * A broker that was killed may have noted an acknowledgement and not the removal of its message: it keeps the message,
   * and hands it to nobody. The consumer is made anew then, and what is left comes once more.
   *
   * Seen on nats-server 2.9.10. Taking such messages away would be quicker, and would lose events where the broker has
   * forgotten messages instead and given their numbers again.
   */
  async #freeForgotten(firstSeq: number): Promise<void> {
    const isStill = firstSeq === this.#firstSeqBefore
    this.#firstSeqBefore = firstSeq
    if (!isStill || !(await this.#lanes.freeForgotten(firstSeq))) return
    this.#ground.onWarning(
      `stream ${this.name}: the broker kept events that it had forgotten to hand out; they come again`,
    )
    this.#onNews()
  }

  #taken(message: HeldMessage, events: readonly EnvelopedEvent[], progress: Progress | undefined): void {
    const bytes = events.reduce((sum, { payload }) => sum + payload.length, 0)
    const receivedAtMs = events[0]?.receivedAtMs ?? 0
    this.shared.taken(message.brokerSeq, { items: events.length, bytes, receivedAtMs })
    for (const [place, attempts, dueAtMs] of progress?.waiting ?? []) {
      const event = this.held.get(message.live.get(place) ?? 0)
      if (!event) continue
      event.attempts = attempts
      // Taken over while running, its time has come: it was kept from the others until then.
      if (!this.#isOpening) continue
      this.held.defer(event, attempts, dueAtMs)
      this.book.deferrals.set(event.seq, { seq: event.seq, attempts, dueAtMs })
    }
    this.sync()
    if (message.live.size === 0) {
      this.held.messages.delete(message.brokerSeq)
      void this.taker.acknowledge([message])
      this.notes.forget(message)
    } else if (!this.#isOpening) this.#onNews()
  }

  /** A message that somebody else put into the stream becomes a dead letter: it is nobody's to lose. */
  async #setForeignAside(message: Msg): Promise<void> {
    const event = {
      id: `foreign-${message.subject}-${this.#ground.wallNowMs()}`,
      receivedAtMs: this.#ground.wallNowMs(),
      tenant: '',
      contentType: 'application/octet-stream',
      payload: message.data,
    }
    const reason = 'it is no batch of a gateway: somebody else writes to the subjects of this stream'
    const note = { bytes: message.data.length, attempts: 0, reason, deadAtMs: this.#ground.wallNowMs() }
    const letter = await this.dead.add(event, note, event.id)
    if (typeof letter !== 'number') throw new Error(letter.detail)
    this.book.othersSetAside({ ...note, seq: letter })
    this.#ground.onWarning(`stream ${this.name}: a message was set aside, ${reason}`)
  }
}
