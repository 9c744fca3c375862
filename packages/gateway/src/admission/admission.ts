/**
 * What is decided on a request's headers, before a byte of its body is read.
 *
 * In this order: what can never be taken (415, 413); the stream's ingress
 * rate (429); whether the stream would take anything now, and whether there is
 * memory for a body (503). A request that passes has spent one token of the
 * ingress rate, whatever its body turns out to be; the rest of its batch is
 * booked as debt when it is known.
 *
 * Imports `delivery`, `protocol`.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { EventStream } from '../delivery/event-stream.ts'
import { contentCoding, TAKEN_CODINGS } from '../protocol/content-encoding.ts'
import { type BodyForm, bodyForm, TAKEN_MEDIA_TYPES } from '../protocol/media-type.ts'
import type { BodyBudget } from './body-budget.ts'
import { OverloadWords, type RequestRefusal } from './refusal.ts'

/** The verdict on a request's headers. */
export type HeaderVerdict =
  | { readonly admitted: true; readonly form: BodyForm }
  | { readonly admitted: false; readonly refusal: RequestRefusal }

/** The verdict on the number of events in a batch: what undoes its booking, or a refusal. */
export type BatchVerdict =
  | { readonly admitted: true; readonly undo: () => void }
  | { readonly admitted: false; readonly refusal: RequestRefusal }

/** The gates in front of one stream. */
export class Admission {
  /** How this stream says no under overload. */
  readonly words: OverloadWords
  readonly #stream: EventStream
  readonly #budget: BodyBudget
  readonly #bodyLimit: number

  constructor(stream: EventStream, budget: BodyBudget, bodyLimit: number) {
    this.words = new OverloadWords(stream.name)
    this.#stream = stream
    this.#budget = budget
    this.#bodyLimit = bodyLimit
  }

  /** Decides on the headers. */
  onHeaders(headers: IncomingHttpHeaders): HeaderVerdict {
    const form = bodyForm(headers['content-type'])
    if (!form) return { admitted: false, refusal: unsupportedType(headers['content-type']) }
    const refusal = this.#neverTaken(headers) ?? this.#overloaded(headers)
    return refusal ? { admitted: false, refusal } : { admitted: true, form }
  }

  /** Books the tokens of a batch beyond the one that its request has spent. */
  onBatch(events: number): BatchVerdict {
    const limiter = this.#stream.ingress
    if (!limiter || events <= 1) return { admitted: true, undo: () => {} }
    if (events > limiter.burst) {
      const detail = `stream ${this.#stream.name}: the batch has ${events} events, its ingress burst is ${limiter.burst}; send smaller batches`
      return { admitted: false, refusal: { code: 'ERR_BATCH_TOO_LARGE', detail } }
    }
    const debt = limiter.reserve(events - 1)
    return { admitted: true, undo: () => debt.cancel() }
  }

  #neverTaken(headers: IncomingHttpHeaders): RequestRefusal | undefined {
    const encoding = headers['content-encoding']
    if (contentCoding(encoding) === undefined) {
      const detail = `Content-Encoding ${JSON.stringify(encoding?.slice(0, 40))} is not taken; send one of ${TAKEN_CODINGS}, or the body as it is`
      return { code: 'ERR_UNSUPPORTED_ENCODING', detail }
    }
    return announcedBytes(headers) > this.#bodyLimit ? bodyTooLarge(this.#bodyLimit) : undefined
  }

  #overloaded(headers: IncomingHttpHeaders): RequestRefusal | undefined {
    const bytes = announcedBytes(headers)
    const permit = this.#stream.ingress?.tryEnter()
    if (permit && !permit.admitted) return this.words.refusal(permit)
    const refusal = this.#refusalOfStream(bytes) ?? this.#refusalOfBudget(bytes)
    if (refusal) permit?.cancel()
    return refusal
  }

  #refusalOfStream(bytes: number): RequestRefusal | undefined {
    const failure = this.#stream.failure()
    if (failure) return this.words.ofError(failure)
    const refusal = this.#stream.predict(bytes)
    return refusal && this.words.refusal(refusal)
  }

  #refusalOfBudget(bytes: number): RequestRefusal | undefined {
    return this.#budget.hasRoomFor(bytes) ? undefined : noMemory()
  }
}

/** The refusal of a body above the limit. */
export function bodyTooLarge(limitBytes: number): RequestRefusal {
  return {
    code: 'ERR_BODY_TOO_LARGE',
    detail: `the body is larger than ${limitBytes} bytes (bodyLimit); send smaller batches`,
  }
}

/** The refusal of a body there is no memory for. */
export function noMemory(): RequestRefusal {
  return {
    code: 'ERR_TOO_MANY_WAITING',
    detail: 'the bodies being read fill the memory kept for them (bodyBudget)',
  }
}

function unsupportedType(contentType: string | undefined): RequestRefusal {
  const got = contentType === undefined ? 'it is missing' : `got ${JSON.stringify(contentType.slice(0, 60))}`
  const detail = `Content-Type must be ${TAKEN_MEDIA_TYPES.join(' or ')}, in UTF-8; ${got}`
  return { code: 'ERR_UNSUPPORTED_MEDIA_TYPE', detail }
}

/** The length that the headers announce; 0 when they announce none. */
function announcedBytes(headers: IncomingHttpHeaders): number {
  return Number(headers['content-length'] ?? 0)
}
