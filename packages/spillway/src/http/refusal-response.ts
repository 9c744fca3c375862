/**
 * A refusal as an HTTP answer: status, fields and a problem document.
 *
 * The document says what a client needs: whose fault it is, whether to try
 * again, and that the work was not started. It tells nothing about the
 * inside of the server.
 *
 * Source: RFC 9457; RFC 9110, 15.6.4; RFC 6585, 4; the problem types of draft-ietf-httpapi-ratelimit-headers-10.
 * Floor 4: imports `errors`, `options`.
 */
import { OVERLOAD_CODES, type OverloadCode } from '../errors/overload-codes.ts'
import { aFunction, integerFrom, optional, type Rule, type Rules, resolveOptions } from '../options/rules.ts'
import { type QuotaPolicy, RateLimitFields } from './rate-limit-fields.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** What an answer is made of. Structurally a `Refusal` and an `OverloadError` are both one. */
export interface RefusalFacts {
  /** Why, from the table `OVERLOAD_CODES`. */
  readonly code: OverloadCode
  /** The earliest moment worth a retry, in milliseconds from now; `undefined` when unknown. */
  readonly retryAfterMs?: number | undefined
}

/** An HTTP answer, framework-free. */
export interface RefusalResponse {
  readonly status: number
  /** Names in lower case; `content-length` among them. */
  readonly headers: Readonly<Record<string, string>>
  /** A problem document, as JSON. */
  readonly body: string
}

/** How refusals are answered. */
export interface RefusalResponseOptions {
  /** No `Retry-After` is larger, in seconds. An integer of at least 1. @defaultValue 3 */
  readonly maxRetryAfterS?: number | undefined
  /** The quota that clients are told of in `RateLimit` and `RateLimit-Policy`. @defaultValue none */
  readonly policy?: QuotaPolicy | undefined
  /** For the jitter. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}

const anything: Rule = { expects: 'given', accepts: () => true }

/** The rules of the options, for those who take them with others. */
export const REFUSAL_RESPONSE_RULES: Rules<RefusalResponseOptions> = {
  maxRetryAfterS: optional(integerFrom(1)),
  policy: optional(anything),
  random: optional(aFunction),
}

const TYPES: Readonly<Record<number, { readonly type: string; readonly title: string }>> = {
  413: { type: 'about:blank', title: 'Content Too Large' },
  429: { type: 'https://iana.org/assignments/http-problem-types#quota-exceeded', title: 'Quota exceeded' },
  503: {
    type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
    title: 'Temporarily over capacity',
  },
}

/** Refusals by which a limit of what is in flight speaks. */
const OF_CONCURRENCY: ReadonlySet<OverloadCode> = new Set([
  'ERR_CONCURRENCY_LIMITED',
  'ERR_TOO_MANY_WAITING',
  'ERR_WAIT_TIMEOUT',
])

/** Answers with a longer `Retry-After` than this are made each time. */
const REMEMBERED_S = 60

/** Makes answers from refusals. */
export class RefusalResponder {
  readonly #maxRetryAfterS: number
  readonly #fields: RateLimitFields | undefined
  readonly #policies: readonly string[]
  readonly #random: () => number
  /** Answers made before, by code and by seconds: refusing is the cheap way out, and has to stay cheap. */
  readonly #made = new Map<OverloadCode, Map<number, RefusalResponse>>()

  /** @throws OptionError when an option is unknown or out of its range */
  constructor(given: RefusalResponseOptions = {}) {
    const defaults = { maxRetryAfterS: 3, random: Math.random }
    const { maxRetryAfterS, policy, random } = resolveOptions(
      'RefusalResponder',
      given,
      REFUSAL_RESPONSE_RULES,
      defaults,
    )
    this.#maxRetryAfterS = maxRetryAfterS
    this.#fields = policy && new RateLimitFields(policy)
    this.#policies = policy ? [policy.name] : []
    this.#random = random
  }

  /** The answer to one refusal. Two answers to the same refusal differ in their jitter. Costs a look-up. */
  respond({ code, retryAfterMs }: RefusalFacts): RefusalResponse {
    const retryAfterS = OVERLOAD_CODES[code].retryable
      ? retryAfterSeconds(retryAfterMs, this.#maxRetryAfterS, this.#random)
      : 0
    let made = this.#made.get(code)
    if (!made) {
      made = new Map()
      this.#made.set(code, made)
    }
    let response = made.get(retryAfterS)
    if (!response) {
      response = this.#make(code, retryAfterS)
      if (retryAfterS <= REMEMBERED_S) made.set(retryAfterS, response)
    }
    return response
  }

  #make(code: OverloadCode, retryAfterS: number): RefusalResponse {
    const { httpStatus: status, retryable, meaning } = OVERLOAD_CODES[code]
    const headers: Record<string, string> = {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    }
    const problem = { ...TYPES[status], status, detail: meaning, code, retryable, started: false }
    if (!retryable) return complete(status, headers, problem)
    headers['retry-after'] = String(retryAfterS)
    const fields = this.#fields
    if (!fields) return complete(status, headers, problem)
    headers['ratelimit-policy'] = fields.policy
    if (!isViolated(fields, code)) return complete(status, headers, problem)
    headers['ratelimit'] = fields.exhausted(retryAfterS)
    return complete(status, headers, { ...problem, 'violated-policies': this.#policies })
  }
}

/** A quota is not used up because something else is: a client that kept to it is not told otherwise. */
function isViolated({ isOfConcurrency }: RateLimitFields, code: OverloadCode): boolean {
  return isOfConcurrency ? OF_CONCURRENCY.has(code) : code === 'ERR_RATE_LIMITED'
}

function complete(
  status: number,
  headers: Readonly<Record<string, string>>,
  problem: object,
): RefusalResponse {
  const body = JSON.stringify(problem)
  const length = new TextEncoder().encode(body).length
  return { status, headers: { ...headers, 'content-length': String(length) }, body }
}

const responders = new WeakMap<RefusalResponseOptions, RefusalResponder>()
const NO_OPTIONS: RefusalResponseOptions = {}

/**
 * The responder for these options, made once for each object.
 *
 * @throws OptionError when an option is unknown or out of its range
 */
export function responderOf(options: RefusalResponseOptions = NO_OPTIONS): RefusalResponder {
  let responder = responders.get(options)
  if (!responder) {
    responder = new RefusalResponder(options)
    responders.set(options, responder)
  }
  return responder
}
