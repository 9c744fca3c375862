/**
 * Refusals in the document: for each status the codes that it can have, with
 * their meanings, from the table of problems.
 *
 * Pure; imports `problem`.
 */
import { MAX_RETRY_AFTER_S, PROBLEMS, type ProblemCode } from '../problem.ts'
import { COUNT, described, FLAG, type Json, listOf, object, oneOf, TEXT } from './schema.ts'

/** How the refusals of an operation differ from others. */
export interface ProblemShape {
  /** Members besides those that every problem has. */
  readonly more?: Json
  /** Whether something of the request may have been taken. */
  readonly mayHaveStarted?: boolean
}

/** A response for each status that one of the codes has. */
export function problemAnswers(codes: readonly ProblemCode[], shape: ProblemShape = {}): Json {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].toSorted((a, b) => a - b)
  return Object.fromEntries(
    statuses.map((status) => {
      const own = codes.filter((code) => PROBLEMS[code].status === status)
      return [String(status), problemAnswer(status, own, shape)]
    }),
  )
}

function problemAnswer(status: number, codes: readonly ProblemCode[], shape: ProblemShape): Json {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].meaning}`).join('\n\n'),
    headers: { 'Cache-Control': { required: true, schema: { const: 'no-store' } }, ...headersOf(status) },
    content: { 'application/problem+json': { schema: problemSchema(status, codes, shape) } },
  }
}

function problemSchema(
  status: number,
  codes: readonly ProblemCode[],
  { more = {}, mayHaveStarted = false }: ProblemShape,
): Json {
  const properties = {
    type: TEXT,
    title: TEXT,
    status: { const: status },
    detail: described(TEXT, 'What happened, and what to do about it.'),
    code: oneOf(...codes),
    retryable: described(FLAG, 'Whether the same request can succeed later.'),
    started: described(mayHaveStarted ? FLAG : { const: false }, 'Whether something of it was taken.'),
    'violated-policies': listOf(TEXT),
    ...more,
  }
  return object(properties, ['violated-policies', ...Object.keys(more)])
}

/** What else must be sent with a status. */
function headersOf(status: number): Json {
  if (status === 401) return { 'WWW-Authenticate': { required: true, schema: TEXT } }
  if (status !== 429 && status !== 503) return {}
  return {
    'Retry-After': {
      required: true,
      description: 'Seconds.',
      schema: { type: 'integer', minimum: 1, maximum: MAX_RETRY_AFTER_S },
    },
    RateLimit: { required: true, schema: TEXT },
    'RateLimit-Policy': { required: false, schema: TEXT },
  }
}

/** What the refusal of a feed says besides: how far it came. */
export const FEED_PROGRESS: Json = {
  accepted: COUNT,
  duplicates: COUNT,
  durability: oneOf('memory', 'disk', 'broker', 'replicated'),
  line: described({ type: 'integer', minimum: 1 }, 'The first line that was not taken: go on from it.'),
}
