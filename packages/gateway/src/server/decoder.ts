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
