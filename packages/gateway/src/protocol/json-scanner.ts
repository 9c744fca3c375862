/**
 * Finds where a JSON value ends, and whether it is one: RFC 8259 to the letter,
 * over bytes, without building a single object.
 *
 * `JSON.parse` answers neither where an array's elements lie nor, on Node 20,
 * where a text is malformed; and what is never built can neither nest too
 * deeply for someone's recursion nor carry a `__proto__`. Bytes that are not
 * UTF-8 are malformed too.
 *
 * Pure; imports `utf8`.
 */
import { utf8Length } from './utf8.ts'

/** The deepest nesting of arrays and objects that is taken. Consumers often recurse. */
export const MAX_JSON_DEPTH = 512

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const COMMA = 0x2c
const COLON = 0x3a
const MINUS = 0x2d

/** The bytes of true, false and null, by their first. */
const LITERALS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x74, [0x74, 0x72, 0x75, 0x65]],
  [0x66, [0x66, 0x61, 0x6c, 0x73, 0x65]],
  [0x6e, [0x6e, 0x75, 0x6c, 0x6c]],
])
/** What may follow a backslash, `u` apart: `"`, `\`, `/`, b, f, n, r, t. */
const ESCAPES: ReadonlySet<number> = new Set([QUOTE, BACKSLASH, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74])

/** What is wrong, and at which byte. */
export interface JsonFault {
  readonly offset: number
  readonly problem: string
}

/** Walks over the JSON values in some bytes. */
export class JsonScanner {
  /** Set when the last call answered -1. */
  fault: JsonFault | undefined
  /** Nothing is read from here on: the end of the bytes, or of a line. */
  end: number
  readonly #bytes: Uint8Array
  /** For each open container, the byte that closes it. */
  readonly #closers: number[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.end = bytes.length
  }

  /** The first offset from `at` on that is no white space. */
  skipSpace(at: number): number {
    const bytes = this.#bytes
    const end = this.end
    let i = at
    while (i < end) {
      const byte = bytes[i]!
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      i++
    }
    return i
  }

  /** The offset behind the value that starts at `at`, or -1 and `fault`. Costs one look at each byte. */
  skipValue(at: number): number {
    this.#closers.length = 0
    let i = at
    do {
      i = this.#skipToScalarEnd(this.skipSpace(i))
      // Behind a value: close what ends here, until a comma asks for another value.
      while (i >= 0 && this.#closers.length > 0) {
        i = this.skipSpace(i)
        const closer = this.#closers[this.#closers.length - 1]!
        const byte = this.#byteAt(i)
        if (byte === closer) {
          this.#closers.pop()
          i++
        } else if (byte === COMMA) {
          i = closer === CLOSE_OBJECT ? this.#skipKey(this.skipSpace(i + 1)) : i + 1
          break
        } else {
          i = this.fail(i, closer === CLOSE_OBJECT ? 'expected "," or "}"' : 'expected "," or "]"')
        }
      }
    } while (i >= 0 && this.#closers.length > 0)
    return i
  }

  /** Opens containers until a scalar or an empty container was skipped. */
  #skipToScalarEnd(at: number): number {
    let i = at
    while (i >= 0) {
      const byte = this.#byteAt(i)
      if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) return this.#skipScalar(i, byte)
      if (this.#closers.length >= MAX_JSON_DEPTH) {
        return this.#failWith(i, `nested deeper than ${MAX_JSON_DEPTH} levels`)
      }
      const closer = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
      i = this.skipSpace(i + 1)
      if (this.#byteAt(i) === closer) return i + 1
      this.#closers.push(closer)
      if (closer === CLOSE_OBJECT) i = this.#skipKey(i)
      if (i >= 0) i = this.skipSpace(i)
    }
    return i
  }

  #skipScalar(at: number, byte: number): number {
    if (byte === QUOTE) return this.#skipString(at)
    if (byte === MINUS || isDigit(byte)) return this.#skipNumber(at)
    const literal = LITERALS.get(byte)
    if (!literal) return this.fail(at, 'expected a value')
    for (let i = 0; i < literal.length; i++) {
      if (this.#byteAt(at + i) !== literal[i]) return this.fail(at + i, 'expected true, false or null')
    }
    return at + literal.length
  }

  #skipKey(at: number): number {
    if (this.#byteAt(at) !== QUOTE) return this.fail(at, 'expected a key in double quotes')
    const behind = this.#skipString(at)
    if (behind < 0) return behind
    const colon = this.skipSpace(behind)
    return this.#byteAt(colon) === COLON ? colon + 1 : this.fail(colon, 'expected ":"')
  }

  #skipString(at: number): number {
    const bytes = this.#bytes
    const end = this.end
    let i = at + 1
    while (i < end) {
      const byte = bytes[i]!
      if (byte === QUOTE) return i + 1
      if (byte < 0x20) return this.#failWith(i, 'a control character in a string must be escaped')
      if (byte === BACKSLASH) i = this.#skipEscape(i + 1)
      else i = byte < 0x80 ? i + 1 : this.#skipMultibyte(i)
      if (i < 0) return i
    }
    return this.fail(end, 'expected the closing quote of a string')
  }

  #skipMultibyte(at: number): number {
    const length = utf8Length(this.#bytes, at, this.end)
    return length > 0 ? at + length : this.#failWith(at, `byte ${hex(this.#bytes[at]!)} is not UTF-8`)
  }

  #skipEscape(at: number): number {
    const byte = this.#byteAt(at)
    if (ESCAPES.has(byte)) return at + 1
    if (byte !== 0x75) return this.fail(at, 'expected one of "\\/bfnrtu behind a backslash')
    for (let i = at + 1; i <= at + 4; i++) {
      if (!isHexDigit(this.#byteAt(i))) return this.fail(i, 'expected four hexadecimal digits behind \\u')
    }
    return at + 5
  }

  #skipNumber(at: number): number {
    let i = this.#byteAt(at) === MINUS ? at + 1 : at
    i = this.#byteAt(i) === 0x30 ? i + 1 : this.#skipDigits(i)
    if (i >= 0 && this.#byteAt(i) === 0x2e) i = this.#skipDigits(i + 1)
    if (i < 0) return i
    const byte = this.#byteAt(i)
    if (byte !== 0x65 && byte !== 0x45) return i
    const sign = this.#byteAt(i + 1)
    return this.#skipDigits(sign === MINUS || sign === 0x2b ? i + 2 : i + 1)
  }

  /** At least one digit. */
  #skipDigits(at: number): number {
    let i = at
    while (isDigit(this.#byteAt(i))) i++
    return i > at ? i : this.fail(at, 'expected a digit')
  }

  /** The byte at `at`; -1 at the end. */
  #byteAt(at: number): number {
    return at < this.end ? this.#bytes[at]! : -1
  }

  /** Sets `fault`: something else was expected at `at`. Always -1. */
  fail(at: number, expected: string): -1 {
    return this.#failWith(at, `${this.#nameOf(at)}, ${expected}`)
  }

  #failWith(offset: number, problem: string): -1 {
    this.fault = { offset, problem }
    return -1
  }

  #nameOf(at: number): string {
    const byte = this.#byteAt(at)
    if (byte < 0) return 'unexpected end'
    if (byte === 0xef && this.#byteAt(at + 1) === 0xbb) return 'unexpected byte order mark'
    if (byte > 0x20 && byte < 0x7f)
      return `unexpected ${byte === QUOTE ? "'\"'" : `"${String.fromCharCode(byte)}"`}`
    return `unexpected byte ${hex(byte)}`
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66)
}
