/**
 * Reads a stream of server-sent events from pieces of text.
 *
 * The browser's own `EventSource` can't send an `Authorization` header, so the
 * page reads the stream by `fetch`, and this takes it apart. Absent: ids and
 * `retry`, which the gateway does not send.
 *
 * Pure; imports nothing.
 * Source: WHATWG HTML, "Server-sent events", 9.2.6.
 */

/** One event. */
export interface ServerSentEvent {
  /** `message` when it was not named. */
  readonly name: string
  readonly data: string
}

/** More than this in one event is no state of a gateway: 4 Mi characters. */
const MAX_EVENT_LENGTH = 4 * 2 ** 20

/** Takes the pieces as they come, and gives back the events that they complete. */
export class ServerSentReader {
  #rest = ''
  #name = ''
  #data: string[] = []
  #length = 0

  /** @throws RangeError when an event becomes longer than 4 Mi characters */
  push(piece: string): readonly ServerSentEvent[] {
    // A carriage return at the very end may be the first half of a line's end.
    const text = this.#rest + piece
    const usable = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, usable).split(/\r\n|\n|\r/)
    this.#rest = (lines.pop() ?? '') + text.slice(usable)
    const events = lines.flatMap((line) => this.#readLine(line) ?? [])
    if (this.#rest.length + this.#length > MAX_EVENT_LENGTH) throw new RangeError('an event is too long')
    return events
  }

  #readLine(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#name = value
    if (field === 'data') {
      this.#data.push(value)
      this.#length += value.length
    }
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { name: this.#name === '' ? 'message' : this.#name, data: this.#data.join('\n') }
    const isEmpty = this.#data.length === 0
    this.#name = ''
    this.#data = []
    this.#length = 0
    return isEmpty ? undefined : event
  }
}
