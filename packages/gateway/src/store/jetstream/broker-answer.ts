/**
 * What an answer of the broker, or its silence, means to whoever sent events.
 *
 * Codes: `server/errors.json` of nats-server.
 *
 * Pure; imports `nats`, `store`.
 */
import { JetStreamApiError } from '@nats-io/jetstream'
import { errors } from '@nats-io/transport-node'
import { isNoResponders, isNotEnabled } from '../../nats/is-away.ts'
import type { CommitFailure } from '../append-flow.ts'
import { STORE_REMEDIES } from '../store-error.ts'

/** The stream is at one of its limits, and refuses what is new. */
const FULL = 10077
/** The message is larger than the stream, or the server, takes. */
const TOO_LARGE = new Set([10054, 10113])
/** The account or the server has no room left. */
const NO_SPACE = new Set([10002, 10023, 10028, 10047])

/** A failed request: why nothing was stored, and whether the broker may be away. */
export interface Refused {
  readonly failure: CommitFailure
  /** No answer: the message may be stored all the same. */
  readonly isSilence: boolean
}

/** What a failed publish means. */
export function refusedBy(thrown: unknown): Refused {
  if (thrown instanceof JetStreamApiError) return { failure: ofApi(thrown), isSilence: false }
  const detail = `${problemOf(thrown)}. ${STORE_REMEDIES.ERR_STORE_BROKER_AWAY}`
  return { failure: { reason: 'failed', detail, cause: thrown }, isSilence: true }
}

/** The code of an error of the API; 0 of any other. */
export function apiCode(thrown: unknown): number {
  return thrown instanceof JetStreamApiError ? thrown.code : 0
}

function ofApi(cause: JetStreamApiError): CommitFailure {
  const { code, message } = cause
  if (code === FULL) {
    const reason = message.includes('bytes') ? 'bytes-full' : 'items-full'
    return { reason, detail: `the backlog that the gateways share is full: ${message}`, cause }
  }
  if (TOO_LARGE.has(code))
    return { reason: 'too-large', detail: `the broker takes no such batch: ${message}` }
  if (NO_SPACE.has(code)) {
    const detail = `the broker has no room: ${message}. ${STORE_REMEDIES.ERR_STORE_BROKER_SPACE}`
    return { reason: 'no-space', detail, cause }
  }
  return { reason: 'failed', detail: `the broker refused (${code}): ${message}`, cause }
}

function problemOf(thrown: unknown): string {
  if (isNotEnabled(thrown) || isNoResponders(thrown)) return 'no broker keeps this stream now'
  if (thrown instanceof errors.TimeoutError) return 'the broker does not answer in time'
  return `the broker cannot be asked (${thrown instanceof Error ? thrown.message : String(thrown)})`
}
