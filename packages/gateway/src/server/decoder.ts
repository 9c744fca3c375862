/**
 * What undoes a `Content-Encoding`, with bounded memory, off the event loop.
 *
 * zlib's window is 32 KiB. A Brotli stream names its own window: up to 16 MiB,
 * and no more, since the format's extension to 1 GiB stays off.
 *
 * Imports `protocol`.
 */
import {
  type BrotliDecompress,
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
} from 'node:zlib'
import type { ContentCoding } from '../protocol/content-encoding.ts'

/** A coding that has to be undone. */
export type Compression = Exclude<ContentCoding, 'identity'>
/** Compressed bytes go in, the others come out. Node declares one type for all three, but for its name. */
export type Decoder = BrotliDecompress

/** What comes out at a time: as much as a socket is read at a time. */
const CHUNK_BYTES = 64 * 2 ** 10

/** Starts a decoder. */
export function createDecoder(coding: Compression): Decoder {
  const chunkSize = CHUNK_BYTES
  switch (coding) {
    case 'gzip':
      return createGunzip({ chunkSize })
    case 'deflate':
      return createInflate({ chunkSize })
    case 'br':
      return createBrotliDecompress({
        chunkSize,
        params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 },
      })
  }
}

/** What a decoder's error says about the bytes it was given. */
export function brokenStream(coding: Compression, error: Error & { readonly code?: string }): string {
  if (error.code === 'Z_BUF_ERROR') return `the body ends within its ${coding} stream; send all of it`
  const format = coding === 'deflate' ? ' (the zlib format, RFC 1950)' : ''
  return `the body is not the ${coding} stream${format} that Content-Encoding announces: ${error.message}`
}

/** What is wrong with bytes behind the end of a stream. */
export function trailingBytes(coding: Compression, count: number): string {
  return `${count} bytes follow the end of the ${coding} stream; send nothing behind it`
}

const ZLIB_BYTES = 64 * 2 ** 10
/** Tables of a Brotli stream that is made to need as many as can be. */
const BROTLI_TABLES_BYTES = 4 * 2 ** 20

/** The most memory that a decoder needs for a stream beginning with these bytes, at least one. */
export function decoderBytes(coding: Compression, start: Uint8Array): number {
  return coding === 'br' ? BROTLI_TABLES_BYTES + 2 ** brotliWindowBits(start[0] ?? 0) : ZLIB_BYTES
}

/** RFC 7932, 9.1: the first bits of a stream name its window. */
function brotliWindowBits(first: number): number {
  if ((first & 1) === 0) return 16
  const large = (first >> 1) & 7
  if (large !== 0) return 17 + large
  const small = (first >> 4) & 7
  return small === 0 ? 17 : 8 + small
}
