/**
 * Whose turn it is to deliver one partition of a stream that keeps an order:
 * one gateway's at a time. The one whose turn it is says so again and again,
 * under a number that must follow on the last one; another takes the turn when
 * nothing was said for the whole time after which it may.
 *
 * No clocks are compared: each gateway measures the silence by its own, and
 * holds its turn for lost once its last word is as old as that. What it has
 * in hand by then it may deliver although another delivers it again.
 *
 * Imports `spillway`, `store`.
 */
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { Clock } from 'spillway'
import { z } from 'zod'
import { apiCode, refusedBy } from './broker-answer.ts'

const WRONG_LAST_SEQUENCE = 10071

/** What is said: whose turn it is, nobody's when empty, and up to where messages were handed out before it. */
const said = z.object({ by: z.string(), upTo: z.number() })

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
  /** The last message that was handed out to anybody; `known` is what was said of it. */
  handedOut(known: number | undefined): Promise<number>
  /** It is this gateway's turn: begins anew with all that is not acknowledged. */
  begin(upTo: number): Promise<void>
  /** It is no longer: nothing more is taken on. */
  onLost(): void
  /** It could not be taken, though it is free. */
  onFault(error: unknown): void
}

/** The turn with one partition. */
export class Turn {
  readonly #options: TurnOptions
  #isOurs = false
  #isFree = false
  #lastSeq = 0
  #upTo: number | undefined
  #silentSinceMs: number

  constructor(options: TurnOptions) {
    this.#options = options
    this.#silentSinceMs = options.clock.nowMs()
  }

  /** Whether nobody has the turn, by what was last heard. */
  get isFree(): boolean {
    return this.#isFree
  }

  /** Whether this gateway has the turn. Once it has not, it begins anew before it has it again. */
  isOurs(): boolean {
    if (this.#isOurs && this.#silenceMs() >= this.#options.takeOverMs) this.#lose()
    return this.#isOurs
  }

  /** Says that it is still ours, or hears whose it is. A broker that is away gives the turn to nobody. */
  async keep(): Promise<void> {
    try {
      if (this.isOurs()) await this.#say(this.#options.instance)
      else await this.#listen()
    } catch (error) {
      if (apiCode(error) === WRONG_LAST_SEQUENCE) this.#lose()
    }
  }

  /** Takes a free turn, unless somebody is quicker. */
  async take(): Promise<void> {
    const { instance, handedOut, begin } = this.#options
    this.#isFree = false
    try {
      this.#upTo = await handedOut(this.#upTo)
      await this.#say(instance)
      await begin(this.#upTo)
      this.#isOurs = true
    } catch (error) {
      // Heard again the next time.
      if (apiCode(error) !== WRONG_LAST_SEQUENCE && !refusedBy(error).isSilence) this.#options.onFault(error)
    }
  }

  /** Gives the turn back, so that another need not wait. */
  async giveBack(): Promise<void> {
    if (!this.isOurs()) return
    this.#isOurs = false
    await this.#say('').catch(() => {})
  }

  #silenceMs(): number {
    return this.#options.clock.nowMs() - this.#silentSinceMs
  }

  async #listen(): Promise<void> {
    const { manager, stream, subject, clock, instance, takeOverMs } = this.#options
    const found = await manager.streams.getMessage(stream, { last_by_subj: subject })
    const seq = found?.seq ?? 0
    if (seq !== this.#lastSeq) this.#silentSinceMs = clock.nowMs()
    this.#lastSeq = seq
    const heard = found ? said.safeParse(jsonOf(found.string())).data : undefined
    this.#upTo = heard?.upTo
    const isNobodys = !heard || heard.by === '' || heard.by === instance
    this.#isFree = isNobodys || this.#silenceMs() >= takeOverMs
  }

  /** Says something, if nobody else has said anything since. */
  async #say(by: string): Promise<void> {
    const { client, subject, timeoutMs, clock } = this.#options
    const atMs = clock.nowMs()
    const options = { timeout: timeoutMs, expect: { lastSubjectSequence: this.#lastSeq } }
    const { seq } = await client.publish(subject, JSON.stringify({ by, upTo: this.#upTo ?? 0 }), options)
    this.#lastSeq = seq
    this.#silentSinceMs = atMs
  }

  #lose(): void {
    if (!this.#isOurs) return
    this.#isOurs = false
    this.#options.onLost()
  }
}

/** What no gateway wrote says nothing. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
