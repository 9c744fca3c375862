/**
 * The events of a feed: lines of JSON out of bytes that arrive in any pieces.
 *
 * A line is looked at when its line feed has come, never before; what there is
 * of the next line is kept, within a bound. Nothing of it is taken unless the
 * feed ends properly behind it.
 *
 * Pure; imports `json-scanner`, `let-go`, `text-position`.
 */
import { JsonScanner } from './json-scanner.ts'
import { lettingGo } from './let-go.ts'
import { textPosition } from './text-position.ts'

/** One event: its bytes, and in which line of the feed it stands, from 1. */
export interface FeedLine {
  readonly payload: Uint8Array
  readonly line: number
}

/** A line that is no event. */
export interface LineFault {
  readonly kind: 'malformed' | 'too-long'
  readonly line: number
  readonly problem: string
}

/** What came out of some bytes: events, then perhaps a line at which the feed ends. */
export interface FeedBlock {
  readonly lines: readonly FeedLine[]
  readonly fault?: LineFault
}

const NEWLINE = 0x0a

/** Splits a feed into lines. After a fault it takes no more. */
export class FeedLines {
  readonly #maxLineBytes: number
  /** What came behind the last line feed. */
  #rest: Uint8Array[] = []
  #restBytes = 0
  #line = 1

  /** @param maxLineBytes - the longest line, without its line feed */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** Bytes that are kept because their line has no end yet. */
  get heldBytes(): number {
    return this.#restBytes
  }

  /** The line that the next byte belongs to, from 1. */
  get line(): number {
    return this.#line
  }

  /** The lines that end in `chunk`. Costs one look at each byte of them. */
  push(chunk: Uint8Array): FeedBlock {
    const last = chunk.lastIndexOf(NEWLINE)
    if (last < 0) {
      this.#keep(chunk)
      return this.#restBytes > this.#maxLineBytes ? { lines: [], fault: this.#tooLong() } : { lines: [] }
    }
    const block = this.#parse(this.#join(chunk.subarray(0, last + 1)))
    this.#keep(chunk.subarray(last + 1))
    return block
  }

  /** The feed has ended: its last line needs no line feed. */
  finish(): FeedBlock {
    return this.#parse(this.#join(new Uint8Array(0)))
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    // A copy: the rest of a block would keep all of it alive.
    this.#rest.push(new Uint8Array(bytes))
    this.#restBytes += bytes.length
  }

  #join(bytes: Uint8Array): Uint8Array {
    if (this.#restBytes === 0) return bytes
    const joined = new Uint8Array(this.#restBytes + bytes.length)
    let at = 0
    for (const part of [...this.#rest, bytes]) {
      joined.set(part, at)
      at += part.length
    }
    this.#rest = []
    this.#restBytes = 0
    return joined
  }

  #parse(bytes: Uint8Array): FeedBlock {
    const payloads: Uint8Array[] = []
    const numbers: number[] = []
    // Only what is taken need let go of the rest; what is at fault ends the feed.
    const lines = (): readonly FeedLine[] => {
      return lettingGo(payloads, bytes).map((payload, i) => ({ payload, line: numbers[i] as number })) // one for each
    }
    const scanner = new JsonScanner(bytes)
    for (let from = 0; from < bytes.length; this.#line++) {
      const feed = bytes.indexOf(NEWLINE, from)
      const lineEnd = feed < 0 ? bytes.length : feed
      if (lineEnd - from > this.#maxLineBytes) return { lines: lines(), fault: this.#tooLong() }
      scanner.end = lineEnd
      const at = scanner.skipSpace(from)
      if (at < lineEnd) {
        const end = wholeValue(scanner, at, lineEnd)
        if (end < 0) return { lines: lines(), fault: this.#malformed(bytes.subarray(from), scanner, from) }
        payloads.push(bytes.subarray(at, end))
        numbers.push(this.#line)
      }
      from = lineEnd + 1
    }
    return { lines: lines() }
  }

  #malformed(line: Uint8Array, { fault }: JsonScanner, from: number): LineFault {
    const { offset = from, problem = 'malformed' } = fault ?? {}
    const { column } = textPosition(line, offset - from)
    return { kind: 'malformed', line: this.#line, problem: `column ${column}: ${problem}` }
  }

  #tooLong(): LineFault {
    const problem = `the line is longer than ${this.#maxLineBytes} bytes (bodyLimit)`
    return { kind: 'too-long', line: this.#line, problem }
  }
}

/** The offset behind the one value of a line, or -1. */
function wholeValue(scanner: JsonScanner, at: number, lineEnd: number): number {
  const end = scanner.skipValue(at)
  if (end < 0) return end
  const rest = scanner.skipSpace(end)
  return rest < lineEnd ? scanner.fail(rest, 'expected the end of the line') : end
}
