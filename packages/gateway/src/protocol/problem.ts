/**
 * Every answer of the gateway that is not a 202, as `application/problem+json`.
 *
 * Refusals by overload take their status and retryability from the library's
 * table, so that a code means the same in a service and in front of it; what
 * else can be wrong with a request has its row here.
 * `docs/reference/gateway-http.md` is compared with this table by a test.
 *
 * Source: RFC 9457; problem types of draft-ietf-httpapi-ratelimit-headers.
 *
 * Pure; imports nothing of the gateway.
 */
import { OVERLOAD_CODES, type OverloadCode } from 'spillway'

/** What is wrong with a request, apart from overload. */
export type RequestFaultCode =
  | 'ERR_MALFORMED_BODY'
  | 'ERR_MALFORMED_EVENT'
  | 'ERR_MALFORMED_HEADER'
  | 'ERR_MALFORMED_REQUEST'
  | 'ERR_UNAUTHENTICATED'
  | 'ERR_WRONG_SIGNATURE'
  | 'ERR_FORBIDDEN_STREAM'
  | 'ERR_FORBIDDEN_ORIGIN'
  | 'ERR_UNKNOWN_PATH'
  | 'ERR_UNKNOWN_STREAM'
  | 'ERR_METHOD_NOT_ALLOWED'
  | 'ERR_REQUEST_TIMEOUT'
  | 'ERR_BODY_TOO_LARGE'
  | 'ERR_BATCH_TOO_LARGE'
  | 'ERR_UNSUPPORTED_MEDIA_TYPE'
  | 'ERR_UNSUPPORTED_ENCODING'
  | 'ERR_HEADERS_TOO_LARGE'
  | 'ERR_ID_CONFLICT'
  | 'ERR_TOO_MANY_CONNECTIONS'
  | 'ERR_STORE_NO_SPACE'
  | 'ERR_STORE_FAILED'
  | 'ERR_INTERNAL'

/** The stable name of an answer that is not a 202. */
export type ProblemCode = RequestFaultCode | OverloadCode

/** What one code means, for a program. */
export interface ProblemRow {
  readonly status: number
  /** Whether the same request can succeed later. */
  readonly retryable: boolean
  readonly meaning: string
}

/** The longest wait that is asked of a client, in seconds: some exporters drop what they may not send within ten. */
export const MAX_RETRY_AFTER_S = 3

const never = { retryable: false } as const

const REQUEST_FAULTS: Readonly<Record<RequestFaultCode, ProblemRow>> = {
  ERR_MALFORMED_BODY: {
    status: 400,
    ...never,
    meaning:
      'The body is not what its `Content-Type` or `Content-Encoding` says; the detail names line and column, or what is broken.',
  },
  ERR_MALFORMED_EVENT: {
    status: 400,
    ...never,
    meaning: 'An attribute of a CloudEvent is missing, or not what it must be; the detail names it.',
  },
  ERR_MALFORMED_HEADER: {
    status: 400,
    ...never,
    meaning: 'A header is not what it must be; the detail names it.',
  },
  ERR_MALFORMED_REQUEST: { status: 400, ...never, meaning: 'What arrived is no HTTP/1.1 request.' },
  ERR_UNAUTHENTICATED: { status: 401, ...never, meaning: 'No key was sent, or one that is nobody’s.' },
  ERR_WRONG_SIGNATURE: {
    status: 401,
    ...never,
    meaning: 'The signature is missing, too old or too new, or made with another secret or for another body.',
  },
  ERR_FORBIDDEN_STREAM: { status: 403, ...never, meaning: 'This tenant may not send to this stream.' },
  ERR_FORBIDDEN_ORIGIN: {
    status: 403,
    ...never,
    meaning: 'The request comes from a page in a browser, of an origin that may not send.',
  },
  ERR_UNKNOWN_PATH: { status: 404, ...never, meaning: 'There is nothing at this path.' },
  ERR_UNKNOWN_STREAM: {
    status: 404,
    ...never,
    meaning: 'No stream has this name; the detail names those that exist.',
  },
  ERR_METHOD_NOT_ALLOWED: {
    status: 405,
    ...never,
    meaning: 'The path exists, for other methods: see `Allow`.',
  },
  ERR_REQUEST_TIMEOUT: { status: 408, retryable: true, meaning: 'The request stopped arriving.' },
  ERR_BODY_TOO_LARGE: { status: 413, ...never, meaning: 'The body is larger than the gateway takes.' },
  ERR_BATCH_TOO_LARGE: {
    status: 413,
    ...never,
    meaning: 'The batch has more events than can ever be taken at once.',
  },
  ERR_UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    ...never,
    meaning: 'The `Content-Type` is missing, or none that is taken.',
  },
  ERR_UNSUPPORTED_ENCODING: {
    status: 415,
    ...never,
    meaning: 'The `Content-Encoding` is none that is taken.',
  },
  ERR_ID_CONFLICT: {
    status: 422,
    ...never,
    meaning: 'The id of an event was used before, for another body; the detail names the event.',
  },
  ERR_TOO_MANY_CONNECTIONS: {
    status: 429,
    retryable: true,
    meaning: 'The tenant holds its part of the connections; this one is closed.',
  },
  ERR_STORE_NO_SPACE: {
    status: 503,
    retryable: true,
    meaning: 'No space is left where the events are kept.',
  },
  ERR_STORE_FAILED: {
    status: 503,
    retryable: true,
    meaning:
      'A write or a flush of the store failed; it takes nothing more until the gateway is started again.',
  },
  ERR_HEADERS_TOO_LARGE: { status: 431, ...never, meaning: 'The headers are larger than 16 KiB.' },
  ERR_INTERNAL: { status: 500, retryable: true, meaning: 'A fault of the gateway; its log says more.' },
}

/** Every code with its status and retryability. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemRow>> = { ...REQUEST_FAULTS, ...overloadRows() }

function overloadRows(): Record<OverloadCode, ProblemRow> {
  const rows = Object.entries(OVERLOAD_CODES).map(([code, { httpStatus, retryable, meaning }]) => {
    return [code, { status: httpStatus, retryable, meaning }] as const
  })
  // The keys are those of a table whose keys are the overload codes.
  return Object.fromEntries(rows) as Record<OverloadCode, ProblemRow>
}

/** The body of a problem. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  /** What happened, and what to do about it. */
  readonly detail: string
  readonly code: ProblemCode
  readonly retryable: boolean
  /** Always `false`: nothing of a refused request was taken. */
  readonly started: false
  /** The policies that said no, as the `RateLimit` field calls them. */
  readonly 'violated-policies'?: readonly string[]
}

const OVER_QUOTA = {
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  title: 'Quota exceeded',
}
const OVER_CAPACITY = {
  type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
  title: 'Temporarily over capacity',
}
/** Where `type` is `about:blank`, the title is the status's own phrase. */
const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
}

/** Fills in a problem document. `policy` is the one that said no, as the `RateLimit` field calls it. */
export function problemDocument(
  code: ProblemCode,
  detail: string,
  policy: string = policyOf(code),
): ProblemDocument {
  const { status, retryable } = PROBLEMS[code]
  const end = { status, detail, code, retryable, started: false } as const
  if (status === 429) return { ...OVER_QUOTA, ...end, 'violated-policies': [policy] }
  if (status === 503) return { ...OVER_CAPACITY, ...end, 'violated-policies': [policy] }
  return { type: 'about:blank', title: PHRASES[status] ?? 'Error', ...end }
}

/** What the `RateLimit` field calls the policy behind a 429 or 503, where nothing closer is known. */
export function policyOf(code: ProblemCode): 'connections' | 'rate' | 'queue' {
  if (code === 'ERR_TOO_MANY_CONNECTIONS') return 'connections'
  return PROBLEMS[code].status === 429 ? 'rate' : 'queue'
}
