/**
 * How one event lies in a segment file.
 *
 * A record is a header of 28 bytes and a body, little-endian:
 *
 *   0 magic   4 body length   8 CRC-32 of all that follows   12 start of its group
 *   16 seq (double)   24 flags   25 version   26 two zeros   28 body
 *
 * The group is what was written before one flush. A group is written only
 * after the flush of the one before, so a valid record proves that everything
 * before its group's start had been flushed. Recovery rests on that.
 *
 * The CRC begins with the segment's salt, a random number, so that bytes in a
 * payload can never pass for a record.
 */
import { crc32 } from 'node:zlib'
import type { NewEvent, StoredEvent } from '../store.ts'

export const RECORD_MAGIC = 0x6c657073
const HEADER_BYTES = 28
const VERSION = 1
const ABSENT = 0xffff

/** The record ends a batch: what comes before it, back to the last such record, belongs together. */
const LAST_OF_BATCH = 1
const HAS_DIGEST = 2
const IS_REPLAY = 4

/** What a record holds besides the event. */
export interface RecordFacts {
  readonly seq: number
  readonly groupStart: number
  readonly lastOfBatch: boolean
  /** The digest of the body, when the id was the client's. */
  readonly digest?: bigint | undefined
  /** The number it had as a dead letter, when it was put back. */
  readonly replayOf?: number | undefined
}

/** A record read back. */
export interface Decoded extends RecordFacts {
  /** The event, as one that never failed. */
  readonly event: StoredEvent
  /** Where it begins and ends in the bytes it was read from. */
  readonly start: number
  readonly end: number
}

/** How many texts an envelope has. */
const TEXTS = 5
const textsOf = (event: NewEvent): readonly (string | undefined)[] => [
  event.id,
  event.tenant,
  event.contentType,
  event.key,
  event.traceparent,
]

/** How many bytes the record takes. */
export function recordBytes(event: NewEvent, extra: Pick<RecordFacts, 'digest' | 'replayOf'>): number {
  let bytes = HEADER_BYTES + 8 + event.payload.length
  for (const text of textsOf(event)) bytes += 2 + (text === undefined ? 0 : Buffer.byteLength(text))
  if (extra.digest !== undefined) bytes += 8
  if (extra.replayOf !== undefined) bytes += 8
  return bytes
}

/** Where a record goes. */
export interface Place {
  readonly target: Buffer
  readonly at: number
  readonly salt: number
}

/** Writes a record; returns where it ends. The texts of its envelope are shorter than 65,535 bytes. */
export function encodeRecord({ target, at, salt }: Place, event: NewEvent, facts: RecordFacts): number {
  let position = target.writeDoubleLE(event.receivedAtMs, at + HEADER_BYTES)
  let flags = facts.lastOfBatch ? LAST_OF_BATCH : 0
  if (facts.digest !== undefined) {
    flags |= HAS_DIGEST
    position = target.writeBigUInt64LE(facts.digest, position)
  }
  if (facts.replayOf !== undefined) {
    flags |= IS_REPLAY
    position = target.writeDoubleLE(facts.replayOf, position)
  }
  for (const text of textsOf(event)) position = writeText(target, position, text)
  target.set(event.payload, position)
  const end = position + event.payload.length
  target.writeUInt32LE(RECORD_MAGIC, at)
  target.writeUInt32LE(end - at - HEADER_BYTES, at + 4)
  target.writeUInt32LE(facts.groupStart, at + 12)
  target.writeDoubleLE(facts.seq, at + 16)
  target.writeUInt32LE(flags | (VERSION << 8), at + 24)
  target.writeUInt32LE(crc32(target.subarray(at + 12, end), salt), at + 8)
  return end
}

function writeText(target: Buffer, at: number, text: string | undefined): number {
  if (text === undefined) return target.writeUInt16LE(ABSENT, at)
  const bytes = target.write(text, at + 2)
  target.writeUInt16LE(bytes, at)
  return at + 2 + bytes
}

/** How many bytes must be at hand to read the record at `at`: as its header says, or just the header's. */
export function bytesNeeded(source: Buffer, at: number): number {
  if (source.length - at < HEADER_BYTES) return HEADER_BYTES
  return HEADER_BYTES + source.readUInt32LE(at + 4)
}

/** Whether there is a record header at `at` that could be true; the CRC is not looked at. */
export function looksLikeRecord(source: Buffer, at: number): boolean {
  return source.length - at >= 4 && source.readUInt32LE(at) === RECORD_MAGIC
}

/** Reads the record at `at`; `undefined` when it is cut off or not whole. */
export function decodeRecord(source: Buffer, at: number, salt: number): Decoded | undefined {
  if (source.length - at < HEADER_BYTES || source.readUInt32LE(at) !== RECORD_MAGIC) return undefined
  const end = at + HEADER_BYTES + source.readUInt32LE(at + 4)
  if (end > source.length) return undefined
  if (crc32(source.subarray(at + 12, end), salt) !== source.readUInt32LE(at + 8)) return undefined
  return decodeBody(source, at, end)
}

function decodeBody(source: Buffer, at: number, end: number): Decoded {
  const flags = source.readUInt8(at + 24)
  const seq = source.readDoubleLE(at + 16)
  const digest = flags & HAS_DIGEST ? source.readBigUInt64LE(at + HEADER_BYTES + 8) : undefined
  let position = at + HEADER_BYTES + (digest === undefined ? 8 : 16)
  const replayOf = flags & IS_REPLAY ? source.readDoubleLE(position) : undefined
  if (replayOf !== undefined) position += 8
  const texts: (string | undefined)[] = []
  for (let i = 0; i < TEXTS; i++) {
    const bytes = source.readUInt16LE(position)
    const from = position + 2
    position = bytes === ABSENT ? from : from + bytes
    texts.push(bytes === ABSENT ? undefined : source.toString('utf8', from, position))
  }
  const event: StoredEvent = {
    id: texts[0] ?? '',
    receivedAtMs: source.readDoubleLE(at + HEADER_BYTES),
    tenant: texts[1] ?? '',
    contentType: texts[2] ?? '',
    key: texts[3],
    traceparent: texts[4],
    seq,
    payload: source.subarray(position, end),
    attempts: 0,
    dueAtMs: 0,
  }
  const groupStart = source.readUInt32LE(at + 12)
  const lastOfBatch = (flags & LAST_OF_BATCH) !== 0
  return { seq, groupStart, lastOfBatch, digest, replayOf, event, start: at, end }
}
