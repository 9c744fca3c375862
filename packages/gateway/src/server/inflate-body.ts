/**
 * Undoes the compression of a body that has arrived.
 *
 * It is stopped the moment a bound is passed, so that of a bomb no more is
 * ever in memory than the bound. Only a few decoders run at once, as many as
 * threads do their work: a slow client can hold compressed bytes, which are
 * counted, but never a decoder.
 *
 * Imports `spillway`, `admission`, `decoder`.
 */
import { ConcurrencyLimiter, fixed, isOverloadError } from 'spillway'
import type { ByteBudget } from '../admission/body-budget.ts'
import { brokenStream, type Compression, createDecoder, trailingBytes } from './decoder.ts'

/** Node's pool has four threads by default. */
const DECODERS = 4
const MAX_WAITING = 1024
const MAX_WAIT_MS = 1000

/** A body to be decompressed. */
export interface CompressedBody {
  readonly chunks: readonly Buffer[]
  readonly coding: Compression
  /** Bytes that may come out. */
  readonly limitBytes: number
  /** Bytes are taken from here as they come out. */
  readonly budget: ByteBudget
}

/** What came out. `bytes` are held of the budget; on failure none is. */
export type InflateResult =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' | 'no-memory' | 'busy' }
  | { readonly kind: 'broken'; readonly problem: string }

/** Decompresses bodies, a few at a time, the others in their order. */
export class BodyInflater {
  readonly #decoders = new ConcurrencyLimiter({
    limit: fixed(DECODERS),
    order: 'fifo',
    maxWaiting: MAX_WAITING,
    maxWaitMs: MAX_WAIT_MS,
  })

  /** Costs no time of the event loop but a moment for each 64 KiB that come out. */
  async inflate(body: CompressedBody): Promise<InflateResult> {
    try {
      return await this.#decoders.run(() => inflate(body))
    } catch (error) {
      if (isOverloadError(error)) return { kind: 'busy' }
      throw error
    }
  }
}

function inflate({ chunks, coding, limitBytes, budget }: CompressedBody): Promise<InflateResult> {
  return new Promise((resolve) => {
    const decoder = createDecoder(coding)
    const inflated: Buffer[] = []
    let bytes = 0
    const end = (result: InflateResult): void => {
      decoder.off('data', onData).destroy()
      if (result.kind !== 'body') budget.give(bytes)
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      if (bytes + chunk.length > limitBytes) end({ kind: 'too-large' })
      else if (!budget.tryTake(chunk.length)) end({ kind: 'no-memory' })
      else {
        bytes += chunk.length
        inflated.push(chunk)
      }
    }
    let givenBytes = 0
    decoder.on('data', onData)
    decoder.on('error', (error) => end({ kind: 'broken', problem: brokenStream(coding, error) }))
    decoder.on('end', () => {
      const behind = givenBytes - decoder.bytesWritten
      if (behind > 0) end({ kind: 'broken', problem: trailingBytes(coding, behind) })
      else end({ kind: 'body', bytes: Buffer.concat(inflated, bytes) })
    })
    for (const chunk of chunks) {
      givenBytes += chunk.length
      decoder.write(chunk)
    }
    decoder.end()
  })
}
