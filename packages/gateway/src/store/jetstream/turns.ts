/**
 * The turns with all partitions of a stream, shared out among the gateways
 * that are there: each has at most its share of them, takes free ones up to
 * that, and gives back what is above it once it has nothing more of it in hand.
 *
 * Who is there is told from gateway to gateway, without being stored. It only
 * balances: that one partition is never in two hands is a matter of `turn`.
 *
 * Imports `spillway`.
 */
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import type { Cancel, Clock } from 'spillway'
import { partitionOf } from './partitions.ts'
import type { Turn } from './turn.ts'

/** So many rounds in the time of silence after which another takes the turn. */
const ROUNDS_PER_TURN = 4
/** After news of others a round follows so soon, one for many. */
const SOON_MS = 10
/** How long giving everything back may take. */
const LAST_WORDS_MS = 500
/** How often it is looked whether what is given up is done with. */
const LEAVE_CHECK_MS = 20

/** What gateways tell each other. */
type Word = 'here' | 'gone' | 'freed'

/** What the turns of a stream are kept with. */
export interface TurnsOptions {
  readonly connection: NatsConnection
  readonly clock: Clock
  readonly instance: string
  /** Where gateways tell each other that they are there. */
  readonly subject: string
  readonly takeOverMs: number
  readonly turns: readonly Turn[]
  /** How many messages of a partition are in hand. */
  inHand(partition: number): number
}

/** The turns of one stream. */
export class Turns {
  readonly #options: TurnsOptions
  /** When others were last heard. */
  readonly #others = new Map<string, number>()
  /** Which are given up, and when that began. */
  readonly #leaving = new Map<Turn, number>()
  #subscription: Subscription | undefined
  #round: Promise<void> | undefined
  #isStopped = false
  #cancelRound: Cancel = () => {}
  #cancelSoon: Cancel | undefined
  #cancelLeave: Cancel | undefined

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  /** Whether batches of a partition may be taken on. */
  mayTake(partition: number): boolean {
    const turn = this.#options.turns[partition]
    if (!turn || this.#isStopped || this.#leaving.has(turn)) return false
    return turn.isOurs()
  }

  /** Takes the turns that are free, or waits for its share; resolves when that was tried once. */
  async start(): Promise<void> {
    const { connection, subject } = this.#options
    this.#subscription = connection.subscribe(subject, {
      callback: (_error, message) => this.#hear(message.string()),
    })
    await this.#run()
  }

  /** Gives all turns back, so that others need not wait. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelRound()
    this.#cancelSoon?.()
    this.#cancelLeave?.()
    this.#subscription?.unsubscribe()
    // A broker that is away is not waited for: the turns then end by silence.
    await Promise.race([this.#giveAllBack(), this.#longEnough()])
    this.#say('gone')
  }

  async #giveAllBack(): Promise<void> {
    await this.#round
    await Promise.all(this.#options.turns.map((turn) => turn.giveBack()))
  }

  #longEnough(): Promise<void> {
    return new Promise((resolve) => this.#options.clock.schedule(LAST_WORDS_MS, resolve))
  }

  #say(word: Word): void {
    const { connection, subject, instance } = this.#options
    if (!connection.isClosed()) connection.publish(subject, `${word} ${instance}`)
  }

  #hear(said: string): void {
    const [word, who = ''] = said.split(' ')
    const { instance, clock } = this.#options
    if (who === instance || who === '') return
    const isNews = word !== 'here' || !this.#others.has(who)
    if (word === 'gone') this.#others.delete(who)
    else this.#others.set(who, clock.nowMs())
    if (isNews) this.#soon()
  }

  #soon(): void {
    if (this.#isStopped) return
    this.#cancelSoon ??= this.#options.clock.schedule(SOON_MS, () => {
      this.#cancelSoon = undefined
      void this.#run()
    })
  }

  /** Runs one round; the next follows by itself. Those who ask meanwhile share it. */
  #run(): Promise<void> {
    const { clock, takeOverMs } = this.#options
    this.#round ??= this.#runOnce().finally(() => {
      this.#round = undefined
      this.#cancelRound()
      if (this.#isStopped) return
      this.#cancelRound = clock.schedule(takeOverMs / ROUNDS_PER_TURN, () => void this.#run())
    })
    return this.#round
  }

  async #runOnce(): Promise<void> {
    const { turns, instance } = this.#options
    this.#say('here')
    await Promise.all(turns.map((turn) => turn.keep()))
    if (this.#isStopped) return
    const share = Math.ceil(turns.length / (1 + this.#countOthers()))
    const staying = turns.filter((turn) => turn.isOurs() && !this.#leaving.has(turn))
    for (const turn of staying.slice(share)) this.#leave(turn)
    // Not all begin with the same one, or they would get into each other's way.
    const first = partitionOf(instance, turns.length)
    const free = [...turns.slice(first), ...turns.slice(0, first)].filter(
      (turn) => turn.isFree && !turn.isOurs(),
    )
    const room = Math.max(0, share - staying.length)
    await Promise.all(free.slice(0, room).map((turn) => turn.take()))
  }

  #countOthers(): number {
    const { clock, takeOverMs } = this.#options
    for (const [who, atMs] of this.#others) {
      if (clock.nowMs() - atMs >= takeOverMs) this.#others.delete(who)
    }
    return this.#others.size
  }

  #leave(turn: Turn): void {
    this.#leaving.set(turn, this.#options.clock.nowMs())
    this.#cancelLeave ??= this.#checkLater()
  }

  #checkLater(): Cancel {
    return this.#options.clock.schedule(LEAVE_CHECK_MS, () => {
      void this.#giveBackWhatIsDone().then(() => {
        const isMore = this.#leaving.size > 0 && !this.#isStopped
        this.#cancelLeave = isMore ? this.#checkLater() : undefined
      })
    })
  }

  /** What is not done with by the time another may take over is delivered again by it. */
  async #giveBackWhatIsDone(): Promise<void> {
    const { turns, clock, takeOverMs, inHand } = this.#options
    const done = [...this.#leaving].filter(([turn, sinceMs]) => {
      return inHand(turns.indexOf(turn)) === 0 || clock.nowMs() - sinceMs >= takeOverMs
    })
    await Promise.all(done.map(([turn]) => turn.giveBack()))
    for (const [turn] of done) this.#leaving.delete(turn)
    if (done.length > 0 && !this.#isStopped) this.#say('freed')
  }
}
