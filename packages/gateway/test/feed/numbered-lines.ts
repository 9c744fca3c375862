/**
 * A feed of numbered lines, all of one length, sent as fast as it is let; and
 * notice is taken when it is not.
 */
import type { FeedClient } from './feed-client.ts'

const PIECE_BYTES = 32 * 2 ** 10

/** How a sending went. */
export interface Sent {
  readonly tookMs: number
  /** Of that, how long the socket took nothing. */
  readonly stalledMs: number
}

/** The lines of a feed. */
export class NumberedLines {
  /** The length of a line, its line feed with it. */
  readonly lineBytes: number
  readonly #text: string

  /** @param textBytes - what a line carries besides its number */
  constructor(textBytes: number) {
    this.#text = 'x'.repeat(textBytes)
    this.lineBytes = this.line(0).length
  }

  line(index: number): string {
    return `{"index":${String(index).padStart(8, ' ')},"text":"${this.#text}"}\n`
  }

  /** Sends the first `bytes` of the feed, and not one more. */
  async send(client: FeedClient, bytes: number): Promise<Sent> {
    const atOnce = Math.ceil(PIECE_BYTES / this.lineBytes)
    const startMs = performance.now()
    let stalledMs = 0
    for (let at = 0; at < bytes && !client.socket.destroyed; ) {
      const first = at / this.lineBytes
      const lines = Array.from({ length: atOnce }, (_, index) => this.line(first + index)).join('')
      const piece = lines.slice(0, bytes - at)
      at += piece.length
      if (client.write(piece)) continue
      const stalledFromMs = performance.now()
      await roomIn(client)
      stalledMs += performance.now() - stalledFromMs
    }
    await new Promise<void>((resolve) => client.socket.write('', () => resolve()))
    return { tookMs: performance.now() - startMs, stalledMs }
  }
}

function roomIn({ socket }: FeedClient): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go)
      resolve()
    }
    socket.on('drain', go).on('close', go)
  })
}
