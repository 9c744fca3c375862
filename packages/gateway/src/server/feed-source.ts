/**
 * The bytes of a feed, one piece after another, when they are asked for.
 *
 * Between two pieces nothing is read: what the client goes on sending fills
 * first the socket's buffers, then its own, and then it has to wait. That is
 * all there is to backpressure.
 *
 * Imports `spillway`, `decoder`.
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { systemClock } from 'spillway'
import {
  brokenStream,
  type Compression,
  createDecoder,
  type Decoder,
  decoderBytes,
  trailingBytes,
} from './decoder.ts'

/** What came next. */
export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** The end that the client meant. */
  | { readonly kind: 'end' }
  /** The client ended its side in the middle of the request; what came before was given. */
  | { readonly kind: 'cut-short' }
  /** The connection is gone. */
  | { readonly kind: 'gone' }
  /** The compression is broken. */
  | { readonly kind: 'broken'; readonly problem: string }
  /** There is no memory to decompress it. */
  | { readonly kind: 'no-memory' }
  /** Nothing came for too long. */
  | { readonly kind: 'idle' }
  /** Somebody else ended the feed. */
  | { readonly kind: 'stopped' }

/** After these, what was received is not looked at. */
const ENDS_AT_ONCE: ReadonlySet<Piece['kind']> = new Set(['gone', 'no-memory', 'stopped'])

/** How a feed is read. */
export interface FeedSourceOptions {
  readonly coding: Compression | undefined
  /** Holds memory for a decoder until the end of the feed, if there is some. */
  tryHold(bytes: number): boolean
}

/** Reads the body of a feed. */
export class FeedSource {
  readonly #request: IncomingMessage
  readonly #options: FeedSourceOptions
  readonly #decoder: Decoder | undefined
  /** Where the pieces come from: the decoder, if there is one. */
  readonly #stream: Readable
  #arrivedBytes = 0
  /** Whether the compressed stream has come to its end; the request may go on. */
  #isDecoded = false
  /** How it ended, as soon as that is known; what was received before comes first. */
  #end: Piece | undefined
  #isCutShort = false
  #wake: () => void = () => {}

  constructor(request: IncomingMessage, options: FeedSourceOptions) {
    const { coding } = options
    this.#request = request
    this.#options = options
    request.on('close', this.#onClose).on('error', this.#onClose)
    this.#decoder = coding && this.#startDecoder(coding)
    this.#stream = this.#decoder ?? request
    this.#stream.on('readable', this.#onChange).on('end', this.#onEnd)
  }

  /** The next piece; asked for again only when the last one came. With `idle` nothing is lost. */
  async next(idleMs: number): Promise<Piece> {
    for (;;) {
      if (this.#end && ENDS_AT_ONCE.has(this.#end.kind)) return this.#end
      // All that has arrived, as one piece.
      const bytes: Buffer | null = this.#stream.read()
      if (bytes !== null) return { kind: 'bytes', bytes }
      if (this.#end) return this.#end
      if (this.#isCutShort && this.#cutShort()) return { kind: 'cut-short' }
      if (!(await this.#change(idleMs))) return { kind: 'idle' }
    }
  }

  /** The client has ended its side before the end of its request: what has arrived is still given. */
  cutShort(): void {
    this.#isCutShort = true
    this.#wake()
  }

  /** Gives no more, at once. */
  stop(): void {
    this.#end ??= { kind: 'stopped' }
    this.#wake()
  }

  /** Nothing is left listening; the rest of the request is for others. */
  close(): void {
    const decoder = this.#decoder
    this.#stream.off('readable', this.#onChange).off('end', this.#onEnd)
    this.#request.off('close', this.#onClose).off('error', this.#onClose)
    this.#request.off('data', this.#onArrival).off('end', this.#onEnd)
    if (!decoder) return
    this.#request.unpipe(decoder)
    decoder.destroy()
  }

  #startDecoder(coding: Compression): Decoder {
    const decoder = createDecoder(coding)
    decoder.on('error', (error) => {
      this.#end ??= { kind: 'broken', problem: brokenStream(coding, error) }
      this.#wake()
    })
    this.#request.on('data', this.#onArrival).pipe(decoder)
    return decoder
  }

  /** Whether everything that arrived was given. */
  #cutShort(): boolean {
    if (!this.#decoder || this.#isDecoded) return true
    if (this.#request.readableLength === 0 && !this.#decoder.writableEnded) {
      this.#request.unpipe(this.#decoder)
      this.#decoder.end()
    }
    return false
  }

  readonly #onArrival = (chunk: Buffer): void => {
    const { coding, tryHold } = this.#options
    if (this.#arrivedBytes === 0 && coding && !tryHold(decoderBytes(coding, chunk))) {
      this.#end ??= { kind: 'no-memory' }
    }
    this.#arrivedBytes += chunk.length
    if (this.#isDecoded) this.#end ??= this.#properEnd()
    this.#wake()
  }

  readonly #onChange = (): void => this.#wake()

  readonly #onEnd = (): void => {
    if (this.#decoder && !this.#isDecoded && !this.#isCutShort && !this.#request.readableEnded) {
      this.#readBehind(this.#decoder)
      return
    }
    this.#end ??= this.#isCutShort ? { kind: 'cut-short' } : this.#properEnd()
    this.#wake()
  }

  /** The compressed stream has ended before its request: nothing may follow. */
  #readBehind(decoder: Decoder): void {
    this.#isDecoded = true
    const end = this.#properEnd()
    if (end.kind === 'broken') this.#end ??= end
    this.#request.unpipe(decoder).once('end', this.#onEnd).resume()
    this.#wake()
  }

  readonly #onClose = (): void => {
    if (this.#request.complete) return
    this.#end ??= { kind: 'gone' }
    this.#wake()
  }

  #properEnd(): Piece {
    const { coding } = this.#options
    if (!this.#decoder || !coding) return { kind: 'end' }
    const behind = this.#arrivedBytes - this.#decoder.bytesWritten
    return behind === 0 ? { kind: 'end' } : { kind: 'broken', problem: trailingBytes(coding, behind) }
  }

  /** Resolves with whether something has changed within the time. */
  #change(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const stopTimer = systemClock.schedule(withinMs, () => resolve(false))
      this.#wake = () => {
        stopTimer()
        resolve(true)
      }
    })
  }
}
