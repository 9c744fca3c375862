/**
 * The cases of a `select`, and what it answers: plain data and its types.
 *
 * Floor 3: imports `channel` alone.
 */
import type { Channel, Received } from './channel.ts'

/** A channel, or nothing: nothing disables its case, as a nil channel does in Go. */
export type MaybeChannel<T> = Channel<T> | null | undefined

/** A case that receives. Made by `receiveFrom`. */
export interface ReceiveCase<T> {
  readonly kind: 'receive'
  /** The channel; without one this case never proceeds. */
  readonly channel: MaybeChannel<T>
}

/** A case that sends. Made by `sendTo`. */
export interface SendCase<T> {
  readonly kind: 'send'
  /** The channel; without one this case never proceeds. */
  readonly channel: MaybeChannel<T>
  /** What is sent if this case proceeds. */
  readonly item: T
}

/** Cases by name. The names are yours; the answer tells which one it was. */
export type SelectCases = Readonly<Record<string, ReceiveCase<unknown> | SendCase<unknown>>>

/**
 * What a `select` answers, told apart by `case`: for a receive what `Channel.receive` answers, for a send
 * `{ done: false, value: undefined }`.
 */
export type Selected<C extends SelectCases> = {
  [K in keyof C & string]: { readonly case: K } & (C[K] extends ReceiveCase<infer T>
    ? Received<T>
    : { readonly done: false; readonly value: undefined })
}[keyof C & string]

/** A case that receives from `channel`: ready when there is an item, or the channel is closed. */
export function receiveFrom<T>(channel: MaybeChannel<T>): ReceiveCase<T> {
  return { kind: 'receive', channel }
}

/** A case that sends `item` to `channel`: ready when there is room, or the channel is closed: then it throws. */
export function sendTo<T>(channel: MaybeChannel<T>, item: T): SendCase<T> {
  return { kind: 'send', channel, item }
}
