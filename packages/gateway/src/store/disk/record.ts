/**
 * How one event lies in a segment file.
 *
 * A record is a header of 28 bytes and a body, little-endian:
 *
 *   0 magic   4 body length   8 CRC-32 of all that follows   12 start of its group
 *   16 seq (double)   24 flags   25 version   26 two zeros   28 body
 *
 * A body is: receivedAt (double), the digest and the old number where there
 * are such, five text lengths in UTF-16 units (65535: none), the bytes of all
 * texts together (4), the texts as UTF-8 in one piece, the payload. What is
 * left of that piece behind the five is a sixth text, the attributes.
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

/** How many texts an envelope has, and what their lengths take. */
const TEXTS = 5
const LENGTHS_BYTES = 2 * TEXTS + 4
/** The longest UTF-8 of one UTF-16 unit. */
const MOST_BYTES_PER_UNIT = 3

/** The most bytes that the record takes; counting the exact number would cost as much as writing it. */
export function mostRecordBytes(event: NewEvent): number {
  const { id, tenant, contentType, key, traceparent, attributes, payload } = event
  const always = id.length + tenant.length + contentType.length
  const units = always + (key?.length ?? 0) + (traceparent?.length ?? 0) + (attributes?.length ?? 0)
  return HEADER_BYTES + 24 + LENGTHS_BYTES + MOST_BYTES_PER_UNIT * units + payload.length
}

/** Where a record goes. */
export interface Place {
  readonly target: Buffer
  readonly at: number
  readonly salt: number
}

/** Writes a record; returns where it ends. The texts of its envelope are shorter than 65,535 units. */
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
  position = encodeTexts(target, position, event)
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

/** One piece of text costs a fifth of five. */
function encodeTexts(target: Buffer, at: number, event: NewEvent): number {
  const { id, tenant, contentType, key, traceparent, attributes } = event
  target.writeUInt16LE(id.length, at)
  target.writeUInt16LE(tenant.length, at + 2)
  target.writeUInt16LE(contentType.length, at + 4)
  target.writeUInt16LE(key === undefined ? ABSENT : key.length, at + 6)
  target.writeUInt16LE(traceparent === undefined ? ABSENT : traceparent.length, at + 8)
  const bytes = target.write(
    id + tenant + contentType + (key ?? '') + (traceparent ?? '') + (attributes ?? ''),
    at + LENGTHS_BYTES,
  )
  target.writeUInt32LE(bytes, at + 2 * TEXTS)
  return at + LENGTHS_BYTES + bytes
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
  const payloadAt = position + LENGTHS_BYTES + source.readUInt32LE(position + 2 * TEXTS)
  const all = source.toString('utf8', position + LENGTHS_BYTES, payloadAt)
  let from = 0
  const text = (i: number): string | undefined => {
    const units = source.readUInt16LE(position + 2 * i)
    if (units === ABSENT) return undefined
    from += units
    return all.slice(from - units, from)
  }
  const event: StoredEvent = {
    id: text(0) ?? '',
    receivedAtMs: source.readDoubleLE(at + HEADER_BYTES),
    tenant: text(1) ?? '',
    contentType: text(2) ?? '',
    key: text(3),
    traceparent: text(4),
    attributes: from < all.length ? all.slice(from) : undefined,
    seq,
    payload: source.subarray(payloadAt, end),
    attempts: 0,
    dueAtMs: 0,
  }
  const groupStart = source.readUInt32LE(at + 12)
  const lastOfBatch = (flags & LAST_OF_BATCH) !== 0
  return { seq, groupStart, lastOfBatch, digest, replayOf, event, start: at, end }
}
