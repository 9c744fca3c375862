/**
 * The entries of a stream's journal, to bytes and back.
 */
import type { Deferral } from '../store.ts'
import type { DeadNote } from '../stream-book.ts'

/** What the journal can say. */
export type JournalEntry =
  /** Events left the backlog for good. */
  | { readonly kind: 'left'; readonly events: readonly { readonly seq: number; readonly bytes: number }[] }
  /** An event was set aside. */
  | { readonly kind: 'dead'; readonly note: DeadNote }
  /** Dead letters were purged or put back. */
  | { readonly kind: 'undead'; readonly seqs: readonly number[] }
  | { readonly kind: 'deferred'; readonly deferrals: readonly Deferral[] }
  /** The sum of all that was said of one segment. */
  | {
      readonly kind: 'segment'
      readonly firstSeq: number
      readonly leftBytes: number
      readonly bits: Uint8Array
    }

const LEFT = 1
const DEAD = 2
const UNDEAD = 3
const DEFERRED = 4
const SEGMENT = 5

/** The bytes of an entry. */
export function encodeEntry(entry: JournalEntry): Buffer {
  switch (entry.kind) {
    case 'left':
      return encodeLeft(entry.events)
    case 'undead':
      return rows(UNDEAD, 8, entry.seqs, (target, at, seq) => target.writeDoubleLE(seq, at))
    case 'deferred':
      return rows(DEFERRED, 24, entry.deferrals, (target, at, deferral) => {
        target.writeDoubleLE(deferral.seq, at)
        target.writeDoubleLE(deferral.attempts, at + 8)
        target.writeDoubleLE(deferral.dueAtMs, at + 16)
      })
    case 'dead':
      return encodeDead(entry.note)
    case 'segment': {
      const head = rows(SEGMENT, 8, [entry.firstSeq, entry.leftBytes], (target, at, value) =>
        target.writeDoubleLE(value, at),
      )
      return Buffer.concat([head, entry.bits])
    }
  }
}

/** The entry that `body` holds; `undefined` for a kind that this version does not know. */
export function decodeEntry(body: Buffer): JournalEntry | undefined {
  const double = (at: number): number => body.readDoubleLE(at)
  switch (body[0]) {
    case LEFT:
      return { kind: 'left', events: each(body, 16, (at) => ({ seq: double(at), bytes: double(at + 8) })) }
    case UNDEAD:
      return { kind: 'undead', seqs: each(body, 8, double) }
    case DEFERRED: {
      const row = (at: number): Deferral => ({
        seq: double(at),
        attempts: double(at + 8),
        dueAtMs: double(at + 16),
      })
      return { kind: 'deferred', deferrals: each(body, 24, row) }
    }
    case DEAD: {
      const [seq, bytes, attempts, deadAtMs] = [double(1), double(9), double(17), double(25)]
      return { kind: 'dead', note: { seq, bytes, attempts, deadAtMs, reason: body.toString('utf8', 33) } }
    }
    case SEGMENT:
      return { kind: 'segment', firstSeq: double(1), leftBytes: double(9), bits: body.subarray(17) }
    default:
      return undefined
  }
}

/** The entry of every delivery: numbers are written the cheapest way. */
function encodeLeft(events: readonly { readonly seq: number; readonly bytes: number }[]): Buffer {
  const target = Buffer.allocUnsafe(1 + 16 * events.length)
  const view = new DataView(target.buffer, target.byteOffset, target.length)
  target[0] = LEFT
  let at = 1
  for (const { seq, bytes } of events) {
    view.setFloat64(at, seq, true)
    view.setFloat64(at + 8, bytes, true)
    at += 16
  }
  return target
}

function encodeDead(note: DeadNote): Buffer {
  const reason = Buffer.from(note.reason)
  const numbers = [note.seq, note.bytes, note.attempts, note.deadAtMs]
  const head = rows(DEAD, 8, numbers, (target, at, value) => target.writeDoubleLE(value, at))
  return Buffer.concat([head, reason])
}

function rows<T>(
  kind: number,
  rowBytes: number,
  items: readonly T[],
  write: (target: Buffer, at: number, item: T) => void,
): Buffer {
  const target = Buffer.allocUnsafe(1 + rowBytes * items.length)
  target[0] = kind
  for (const [i, item] of items.entries()) write(target, 1 + rowBytes * i, item)
  return target
}

function each<T>(body: Buffer, rowBytes: number, read: (at: number) => T): T[] {
  const items: T[] = []
  for (let at = 1; at + rowBytes <= body.length; at += rowBytes) items.push(read(at))
  return items
}
