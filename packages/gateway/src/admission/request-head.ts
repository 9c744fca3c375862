/**
 * What a request's headers say of its events: how they are sent, who signed
 * them, and what the sender calls them.
 *
 * An event's own name wins: the source and id of a CloudEvent. Otherwise its
 * request has a name, `Idempotency-Key` or `webhook-id`, and the event is
 * called after it. Where requests are signed the only name is the one that was
 * signed.
 *
 * Imports `protocol`, `signature-check`.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { isBinaryMode } from '../protocol/cloud-events/binary-mode.ts'
import { MAX_KEY_LENGTH, readIdempotencyKey } from '../protocol/idempotency-key.ts'
import { bodyForm, TAKEN_MEDIA_TYPES } from '../protocol/media-type.ts'
import { binaryForm, type SentForm } from '../protocol/sent-events.ts'
import type { RequestRefusal } from './refusal.ts'
import { type ClaimedSignature, isClaim, type SignatureCheck } from './signature-check.ts'

/** What is known of a request before its body. */
export interface RequestHead {
  readonly form: SentForm
  /** What its sender calls the request. */
  readonly name: string | undefined
  /** What it claims to be signed with, where it must be. */
  readonly signature: ClaimedSignature | undefined
  readonly traceparent: string | undefined
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Reads the headers, or says what is wrong with them. */
export function readHead(
  request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  check: SignatureCheck | undefined,
): RequestHead | RequestRefusal {
  const { headers } = request
  const signature = check?.onHeaders(headers)
  if (signature && !isClaim(signature)) return signature
  const form = formOf(request)
  if ('code' in form) return form
  const name = signature ? signature.id : nameIn(headers)
  if (typeof name === 'object') return name
  return { form, name, signature, traceparent: traceparentIn(headers) }
}

/** Whether the headers were right. */
export function isHead(read: RequestHead | RequestRefusal): read is RequestHead {
  return 'form' in read
}

/** The trace that a request belongs to; what is none is passed over, as W3C Trace Context has it. */
export function traceparentIn(headers: IncomingHttpHeaders): string | undefined {
  const field = headers['traceparent']
  return typeof field === 'string' && TRACEPARENT.test(field) ? field : undefined
}

/** What the sender calls its request, if it gave it a name; or what is wrong with that. */
export function nameIn(headers: IncomingHttpHeaders): string | undefined | RequestRefusal {
  const key = headers['idempotency-key']
  if (key !== undefined) {
    const read = readIdempotencyKey(String(key))
    return read.isKey ? read.key : malformed(`Idempotency-Key ${read.problem}`)
  }
  const id = headers['webhook-id']
  if (typeof id !== 'string') return undefined
  if (/^[\x21-\x7e]{1,255}$/.test(id)) return id
  return malformed(`webhook-id must be 1 to ${MAX_KEY_LENGTH} visible ASCII characters without spaces`)
}

function formOf(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): SentForm | RequestRefusal {
  const { headers } = request
  if (!isBinaryMode(headers)) return bodyForm(headers['content-type']) ?? unsupportedType(headers)
  const form = binaryForm(request)
  if (!form) return unsupportedType(headers)
  return 'problem' in form ? { code: 'ERR_MALFORMED_EVENT', detail: form.problem } : form
}

function malformed(detail: string): RequestRefusal {
  return { code: 'ERR_MALFORMED_HEADER', detail }
}

function unsupportedType({ 'content-type': contentType }: IncomingHttpHeaders): RequestRefusal {
  const got = contentType === undefined ? 'it is missing' : `got ${JSON.stringify(contentType.slice(0, 60))}`
  const known = `${TAKEN_MEDIA_TYPES.slice(0, -1).join(', ')} or ${TAKEN_MEDIA_TYPES.at(-1)}`
  const detail = `Content-Type must be ${known}, in UTF-8; ${got}`
  return { code: 'ERR_UNSUPPORTED_MEDIA_TYPE', detail }
}
