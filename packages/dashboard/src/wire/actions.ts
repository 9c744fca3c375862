/**
 * What an operator can do to a stream: change it, and deal with its dead
 * letters.
 *
 * Imports `ask`, the protocol.
 */
import type { ChangeableSettings, StreamChange, StreamState } from '@spillway/gateway/protocol'
import { ask } from './ask.ts'

/** An event that could not be delivered. */
export interface DeadLetter {
  readonly seq: number
  readonly id: string
  readonly receivedAtMs: number
  readonly tenant: string
  readonly contentType: string
  readonly key?: string
  readonly attempts: number
  readonly reason: string
  readonly deadAtMs: number
  readonly payloadBytes: number
  /** Its beginning, as text. */
  readonly payload: string
}

/** Some of them, in order. */
export interface DeadLetterPage {
  readonly total: number
  readonly deadLetters: readonly DeadLetter[]
}

/** Which ones: by number, or all. */
export type Which = { readonly seqs: readonly number[] } | { readonly all: true }

/** How many came back, and why not the others. */
export interface ReplayReport {
  readonly replayed: number
  readonly refused?: string
}

/** Changes a stream until the gateway's next start. Returns its settings as the gateway says they are then. */
export async function changeStream(streamName: string, change: StreamChange): Promise<ChangeableSettings> {
  const answer = await ask(pathOf(streamName), { method: 'PATCH', body: change })
  const { settings } = (await answer.json()) as StreamState // of the gateway's own API
  return settings
}

/** The dead letters after the one numbered `after`. */
export async function listDeadLetters(
  streamName: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<DeadLetterPage> {
  const answer = await ask(`${pathOf(streamName)}/dead-letters?after=${after}&limit=${limit}`)
  return (await answer.json()) as DeadLetterPage // of the gateway's own API
}

/** Puts dead letters back at the end of the backlog. */
export async function replayDeadLetters(streamName: string, which: Which): Promise<ReplayReport> {
  const answer = await ask(`${pathOf(streamName)}/dead-letters/replay`, { method: 'POST', body: which })
  return (await answer.json()) as ReplayReport // of the gateway's own API
}

/** Forgets dead letters for good. Returns how many. */
export async function purgeDeadLetters(streamName: string, which: Which): Promise<number> {
  const answer = await ask(`${pathOf(streamName)}/dead-letters/purge`, { method: 'POST', body: which })
  const { purged } = (await answer.json()) as { readonly purged: number } // of the gateway's own API
  return purged
}

function pathOf(streamName: string): string {
  return `api/streams/${encodeURIComponent(streamName)}`
}
