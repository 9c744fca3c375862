/**
 * What is decided on a request's headers, before a byte of its body is read.
 *
 * In this order: what can never be taken (400, 401, 413, 415); the tenant's
 * rate and the stream's ingress rate (429); whether the stream would take
 * anything now, and whether there is memory for a body (503). A request that
 * passes has spent one token of each rate, whatever its body turns out to be;
 * the rest of its batch is booked as debt when it is known.
 *
 * Imports `delivery`, `protocol`.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { EventStream } from '../delivery/event-stream.ts'
import { contentCoding, TAKEN_CODINGS } from '../protocol/content-encoding.ts'
import { OverloadWords, prepared, quotaOf, type RequestRefusal } from './refusal.ts'
import { isHead, type RequestHead, readHead } from './request-head.ts'
import type { SignatureCheck } from './signature-check.ts'
import { bookDebt, type RateVerdict, type TenantRate } from './tenant-rate.ts'
import type { Tenant } from './tenants.ts'

/** The verdict on a request's headers: what they say, or a refusal. */
export type HeaderVerdict =
  | { readonly admitted: true; readonly head: RequestHead }
  | { readonly admitted: false; readonly refusal: RequestRefusal }

/** The verdict on the number of events in a batch: what undoes its booking, or a refusal. */
export type BatchVerdict =
  | { readonly admitted: true; readonly undo: () => void }
  | { readonly admitted: false; readonly refusal: RequestRefusal }

/** Now, or where a rate is kept elsewhere, later. */
export type Soon<T> = T | Promise<T>

/** What stands in front of one stream. */
export interface AdmissionOptions {
  readonly stream: EventStream
  /** The largest body. */
  readonly bodyLimit: number
  /** Where requests must be signed. */
  readonly signatures?: SignatureCheck | undefined
}

const NOTHING_BOOKED: BatchVerdict = { admitted: true, undo: () => {} }

/** The gates in front of one stream. */
export class Admission {
  /** How this stream says no under overload. */
  readonly words: OverloadWords
  readonly #stream: EventStream
  readonly #bodyLimit: number
  readonly #signatures: SignatureCheck | undefined

  constructor({ stream, bodyLimit, signatures }: AdmissionOptions) {
    this.words = new OverloadWords(`stream ${stream.name}`)
    this.#stream = stream
    this.#bodyLimit = bodyLimit
    this.#signatures = signatures
  }

  /** Whether whoever sends proves it by a signature. */
  get isSigned(): boolean {
    return this.#signatures !== undefined
  }

  /** Decides on the headers of a tenant's request. */
  onHeaders(request: IncomingMessage, tenant: Tenant): Soon<HeaderVerdict> {
    const head = readHead(request, this.#signatures)
    if (!isHead(head)) return refused(head)
    const never = this.#neverTaken(request.headers)
    if (never) return refused(never)
    const bytes = announcedBytes(request.headers)
    const entry = tenant.rate?.enter()
    if (!(entry instanceof Promise)) return this.#overloaded(head, bytes, { tenant, entry })
    return entry.then((verdict) => this.#overloaded(head, bytes, { tenant, entry: verdict }))
  }

  /** Books the tokens of a batch beyond the one that its request has spent. */
  onBatch(events: number, tenant: Tenant): Soon<BatchVerdict> {
    const { ingress } = this.#stream
    const { rate } = tenant
    if (events <= 1 || !(ingress || rate)) return NOTHING_BOOKED
    if (rate && events > rate.burst) return tooLarge(`tenant ${tenant.name}`, events, rate)
    if (ingress && events > ingress.burst) return tooLarge(`stream ${this.#stream.name}`, events, ingress)
    const entry = rate?.book(events - 1)
    if (!(entry instanceof Promise)) return this.#booked(events, tenant, entry)
    return entry.then((verdict) => this.#booked(events, tenant, verdict))
  }

  /** Checks what was claimed on the headers, now that the body is there. */
  onBody({ signature }: RequestHead, body: Uint8Array): RequestRefusal | undefined {
    return signature && this.#signatures?.onBody(signature, body)
  }

  #booked(events: number, tenant: Tenant, entry: RateVerdict | undefined): BatchVerdict {
    if (entry && !entry.admitted) return refused(tenant.overRate(entry))
    const { ingress } = this.#stream
    const debt = ingress && bookDebt(ingress, events - 1)
    return { admitted: true, undo: () => cancelAll(entry, debt) }
  }

  #neverTaken(headers: IncomingHttpHeaders): RequestRefusal | undefined {
    const coding = untakenCoding(headers)
    if (coding) return coding
    return announcedBytes(headers) > this.#bodyLimit ? bodyTooLarge(this.#bodyLimit) : undefined
  }

  #overloaded(
    head: RequestHead,
    bytes: number,
    { tenant, entry }: { tenant: Tenant; entry: RateVerdict | undefined },
  ): HeaderVerdict {
    if (entry && !entry.admitted) return refused(tenant.overRate(entry))
    const { ingress } = this.#stream
    const token = ingress?.tryEnter()
    const refusal =
      token && !token.admitted
        ? this.words.refusal(token, ingress && quotaOf('rate', ingress))
        : (this.#refusalOfStream(bytes, tenant) ?? this.#refusalOfBudget(bytes, tenant))
    if (!refusal) return { admitted: true, head }
    cancelAll(entry, token)
    return refused(refusal)
  }

  #refusalOfStream(bytes: number, tenant: Tenant): RequestRefusal | undefined {
    const failure = this.#stream.failure()
    if (failure) return this.words.ofError(failure)
    const refusal = this.#stream.predict(bytes, tenant.name)
    return refusal && this.words.refusal(refusal)
  }

  #refusalOfBudget(bytes: number, { bodies }: Tenant): RequestRefusal | undefined {
    return bodies.hasRoomFor(bytes) ? undefined : noMemory()
  }
}

/** The refusal of a coding that is not taken, if that is what the headers name. */
export function untakenCoding({
  'content-encoding': encoding,
}: IncomingHttpHeaders): RequestRefusal | undefined {
  if (contentCoding(encoding) !== undefined) return undefined
  const detail = `Content-Encoding ${JSON.stringify(encoding?.slice(0, 40))} is not taken; send one of ${TAKEN_CODINGS}, or the body as it is`
  return { code: 'ERR_UNSUPPORTED_ENCODING', detail }
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
  return prepared(
    'ERR_TOO_MANY_WAITING',
    'the bodies being read fill the memory kept for them, or the part of it for one tenant (bodyBudget)',
  )
}

function refused(refusal: RequestRefusal): { readonly admitted: false; readonly refusal: RequestRefusal } {
  return { admitted: false, refusal }
}

function tooLarge(subject: string, events: number, { burst }: Pick<TenantRate, 'burst'>): BatchVerdict {
  const detail = `${subject}: the batch has ${events} events, its burst is ${burst}; send smaller batches`
  return refused({ code: 'ERR_BATCH_TOO_LARGE', detail })
}

function cancelAll(...entries: readonly (RateVerdict | undefined)[]): void {
  for (const entry of entries) if (entry?.admitted) entry.cancel()
}

/** The length that the headers announce; 0 when they announce none. */
function announcedBytes(headers: IncomingHttpHeaders): number {
  return Number(headers['content-length'] ?? 0)
}
