/**
 * The streams of the broker that one stream stands on: made or checked at the
 * opening, and looked at again while it runs. What is gone by then, with a disk
 * or by a hand, is made anew and told; what was read of it before is void.
 *
 * Imports `store`.
 */
import type { JetStreamClient, JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import type { DeadLetterLog } from './dead-letter-log.ts'
import { ensureStreams, type FoundStreams, restoreStreams } from './ensure-streams.ts'
import type { KnownIds } from './known-ids.ts'
import { contradictions, type StreamPlan } from './stream-plan.ts'
import { StreamTail } from './stream-tail.ts'

/** What a stream stands on, and whom it tells. */
export interface FootingOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly plan: StreamPlan
  readonly replicas: number
  readonly ids: KnownIds
  readonly dead: DeadLetterLog
  /** The backlog is another one than before: its numbers begin again. */
  onBacklogAnew(): void
  /** Consumers were made anew, when the last message had this number. */
  onConsumersAnew(names: readonly string[], lastSeq: number): void
  onWarning(sentence: string): void
}

/** What one stream stands on. */
export class Footing {
  readonly #options: FootingOptions
  /** When each stream was made. */
  readonly #born = new Map<string, string>()
  readonly #tails = new Map<string, StreamTail>()
  #restoring: Promise<void> | undefined
  #changed = ''

  constructor(options: FootingOptions) {
    this.#options = options
  }

  /** @throws StoreError saying what contradicts, or why a stream can't be made */
  async open(): Promise<void> {
    const { manager, plan, replicas } = this.#options
    const found = await ensureStreams(manager, plan, replicas)
    this.#isAnew(found.backlog)
    await this.#follow(found)
  }

  /**
   * Makes anew what is gone. Rejects when the broker does not answer.
   *
   * @throws StoreError saying why a stream can't be made
   */
  restore(): Promise<void> {
    this.#restoring ??= this.#restore().finally(() => {
      this.#restoring = undefined
    })
    return this.#restoring
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tails.values()].map((tail) => tail.close()))
  }

  async #restore(): Promise<void> {
    const { manager, plan, replicas, dead, onBacklogAnew, onConsumersAnew, onWarning } = this.#options
    const { found, streams, consumers } = await restoreStreams(manager, plan, replicas)
    for (const name of streams) {
      onWarning(`stream ${name} was gone from the broker, with what it held, and was made anew`)
    }
    if (streams.length === 0 && consumers.length > 0) {
      const names = consumers.join(', ')
      onWarning(
        `stream ${plan.backlog.name}: its consumers (${names}) were gone from the broker and were made anew`,
      )
    }
    if (this.#isAnew(found.backlog)) onBacklogAnew()
    if (consumers.length > 0) onConsumersAnew(consumers, found.backlog.state.last_seq)
    if (this.#born.get(plan.dead.name) !== String(found.dead.created)) dead.forgetAll()
    await this.#follow(found)
    this.#tellOfChanges(found.backlog)
  }

  /** Follows the ids and the dead letters, from the beginning where the stream is another one. */
  async #follow({ ids, dead }: FoundStreams): Promise<void> {
    await this.#followOne(ids, this.#options.ids.onNote, false)
    await this.#followOne(dead, this.#options.dead.onLetter, true)
  }

  async #followOne(
    info: StreamInfo,
    onMessage: DeadLetterLog['onLetter'],
    headersOnly: boolean,
  ): Promise<void> {
    const { name } = info.config
    const born = String(info.created)
    if (this.#born.get(name) === born) return
    // One that follows what is gone may never be done with closing: it is not waited for.
    const before = this.#tails.get(name)
    void before?.close().catch(() => {})
    const options = { there: info.state.messages, headersOnly, onMessage }
    this.#tails.set(name, await StreamTail.open(this.#options.client, name, options))
    this.#born.set(name, born)
  }

  #isAnew({ config, created }: StreamInfo): boolean {
    const isAnew = this.#born.get(config.name) !== String(created)
    this.#born.set(config.name, String(created))
    return isAnew
  }

  /** Settings by which the broker drops what it has acknowledged: said once for each change. */
  #tellOfChanges({ config }: StreamInfo): void {
    const { plan, onWarning } = this.#options
    const { retention, discard, max_age, storage } = plan.backlog
    const changed = contradictions({ ...config }, { retention, discard, max_age, storage }).join('; ')
    if (changed !== '' && changed !== this.#changed) {
      const remedy = `change it back (nats stream edit ${config.name})`
      onWarning(
        `stream ${config.name} was changed on the broker: ${changed}. What was taken may be lost; ${remedy}`,
      )
    }
    this.#changed = changed
  }
}
