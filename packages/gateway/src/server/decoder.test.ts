import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { decoderBytes } from './decoder.ts'

it.each([10, 11, 15, 16, 17, 18, 22, 24])(
  'reads a Brotli window of 2^%d bytes from the first byte',
  (bits) => {
    const params = { [constants.BROTLI_PARAM_LGWIN]: bits, [constants.BROTLI_PARAM_QUALITY]: 5 }
    const stream = brotliCompressSync(Buffer.alloc(2 ** 20, 'spillway'), { params })
    expect(decoderBytes('br', stream) - 4 * 2 ** 20).toBe(2 ** bits)
  },
)

it('needs little for gzip', () => {
  expect(decoderBytes('gzip', gzipSync('x'))).toBe(65_536)
})
