/**
 * Whose turn it is to deliver a stream that keeps an order: one gateway's at a
 * time. The one whose turn it is says so again and again, under a number that
 * must follow on the last one; another takes the turn when nothing was said
 * for the whole time after which it may.
 *
 * No clocks are compared: each gateway measures the silence by its own. A
 * gateway that was stopped in the middle of its turn, and goes on after it has
 * lost it, may deliver again what it has in hand.
 *
 * Imports `spillway`, `store`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { Cancel, Clock } from 'spillway'
import { apiCode } from './broker-answer.ts'

/** So many times in the time of silence after which another takes the turn. */
const SAID_PER_TURN = 4
const WRONG_LAST_SEQUENCE = 10071

/** What a turn is kept with. */
export interface TurnOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly stream: string
  readonly subject: string
  readonly instance: string
  readonly clock: Clock
  readonly takeOverMs: number
  readonly timeoutMs: number
  /** It is this gateway's turn: begins anew with all that is not acknowledged. */
  onTaken(): Promise<void>
  /** It is no longer: nothing more is taken on. */
  onLost(): void
}

/** The turn of one stream. */
export class Turn {
  readonly #options: TurnOptions
  #isOurs = false
  #lastSeq = 0
  #silentSinceMs: number
  #cancel: Cancel = () => {}
  #isStopped = false

  constructor(options: TurnOptions) {
    this.#options = options
    this.#silentSinceMs = options.clock.nowMs()
  }

  /** Whether this gateway delivers. */
  get isOurs(): boolean {
    return this.#isOurs
  }

  /** Takes the turn if it is free, or waits for it; resolves when that was tried once. */
  async start(): Promise<void> {
    await this.#step()
    this.#again()
  }

  /** Gives the turn back, so that another need not wait. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    if (!this.#isOurs) return
    this.#isOurs = false
    await this.#say('').catch(() => {})
  }

  #again(): void {
    const { clock, takeOverMs } = this.#options
    if (this.#isStopped) return
    this.#cancel = clock.schedule(takeOverMs / SAID_PER_TURN, () => {
      void this.#step().then(() => this.#again())
    })
  }

  async #step(): Promise<void> {
    const { instance, clock, takeOverMs, onTaken } = this.#options
    try {
      if (this.#isOurs) {
        await this.#say(instance)
        this.#silentSinceMs = clock.nowMs()
        return
      }
      const isFree = await this.#listen()
      if (!isFree && clock.nowMs() - this.#silentSinceMs < takeOverMs) return
      await this.#say(instance)
      await onTaken()
      this.#silentSinceMs = clock.nowMs()
      this.#isOurs = !this.#isStopped
    } catch (error) {
      const isLost = apiCode(error) === WRONG_LAST_SEQUENCE
      // A broker that is away gives the turn to nobody; after this long somebody may have it all the same.
      if (isLost || clock.nowMs() - this.#silentSinceMs >= takeOverMs) this.#lose()
    }
  }

  /** Hears what was last said. Returns whether the turn was given back, or nobody has ever had it. */
  async #listen(): Promise<boolean> {
    const { manager, stream, subject, clock } = this.#options
    const said = await manager.streams.getMessage(stream, { last_by_subj: subject })
    const seq = said?.seq ?? 0
    if (seq !== this.#lastSeq) this.#silentSinceMs = clock.nowMs()
    this.#lastSeq = seq
    return !said || said.string() === ''
  }

  /** Says something, if nobody else has said anything since. */
  async #say(what: string): Promise<void> {
    const { client, subject, timeoutMs } = this.#options
    const options = { timeout: timeoutMs, expect: { lastSubjectSequence: this.#lastSeq } }
    const { seq } = await client.publish(subject, what, options)
    this.#lastSeq = seq
  }

  #lose(): void {
    if (!this.#isOurs) return
    this.#isOurs = false
    this.#options.onLost()
  }
}
