/**
 * The ids of events, told to all gateways: each append that had ids of clients
 * is noted on a stream which every gateway follows into its dedupe window.
 *
 * The note of an append lies under the id that the broker was given with it,
 * so that what became of a repetition can be looked up at once.
 *
 * Imports `store`.
 */
import { createHash } from 'node:crypto'
import type { JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream'
import { z } from 'zod'
import type { DedupeWindow, KnownId } from '../dedupe-window.ts'

const note = z.object({
  by: z.string(),
  ids: z.array(z.tuple([z.string(), z.string(), z.number()])),
})

type Note = z.infer<typeof note>

/** Where ids are noted. */
export interface KnownIdsOptions {
  readonly client: JetStreamClient
  readonly manager: JetStreamManager
  readonly stream: string
  readonly subject: string
  readonly timeoutMs: number
  /** Names this gateway's run. */
  readonly instance: string
  readonly window: DedupeWindow
  wallNowMs(): number
}

/** The ids of one stream. */
export class KnownIds {
  readonly #options: KnownIdsOptions

  constructor(options: KnownIdsOptions) {
    this.#options = options
  }

  /** What the broker knows an append by: its ids in their order. */
  static messageId(ids: readonly KnownId[]): string {
    const hash = createHash('sha256')
    for (const { key } of ids) hash.update(`${key.length} ${key} `)
    return hash.digest('base64url')
  }

  /** Notes the ids of an append that was stored. */
  async tell(messageId: string, ids: readonly KnownId[]): Promise<void> {
    const { client, subject, instance, timeoutMs } = this.#options
    const told: Note = {
      by: instance,
      ids: ids.map(({ key, digest, atMs }) => [key, digest.toString(16), atMs]),
    }
    await client.publish(`${subject}.${messageId}`, JSON.stringify(told), { timeout: timeoutMs })
  }

  /** What was noted of an append; `undefined` when nothing was, or it is forgotten by now. */
  async find(messageId: string): Promise<readonly KnownId[] | undefined> {
    const { manager, stream, subject } = this.#options
    const found = await manager.streams.getMessage(stream, { last_by_subj: `${subject}.${messageId}` })
    return found ? idsOf(note.parse(JSON.parse(found.string()))) : undefined
  }

  /** What another gateway, or an earlier run of this one, has noted. */
  readonly onNote = (message: JsMsg): void => {
    const { window, instance, wallNowMs } = this.#options
    const parsed = note.safeParse(message.json())
    if (!parsed.success || parsed.data.by === instance) return
    const nowMs = wallNowMs()
    for (const id of idsOf(parsed.data)) {
      if (!window.find(id.key, nowMs)) window.add(id, nowMs)
    }
  }
}

function idsOf({ ids }: Note): readonly KnownId[] {
  return ids.map(([key, digest, atMs]) => ({ key, digest: BigInt(`0x${digest}`), atMs }))
}
