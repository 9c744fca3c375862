/**
 * What is decided on the headers of a feed: nothing that waiting would cure.
 *
 * Imports `admission`, `delivery`, `protocol`.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { untakenCoding } from '../admission/admission.ts'
import { type FeedPace, type PacedRate, paceOf } from '../admission/feed-pace.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import { nameIn, traceparentIn } from '../admission/request-head.ts'
import { bookDebt } from '../admission/tenant-rate.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import { bodyForm } from '../protocol/media-type.ts'
import type { FeedTarget } from './feed-taker.ts'
import type { Visit } from './take-events.ts'

/** Where the lines of this feed go, or why they can't. */
export function openFeed(
  headers: IncomingHttpHeaders,
  { entrance, tenant }: Visit,
): FeedTarget | RequestRefusal {
  const { stream, admission } = entrance
  if (admission.isSigned) return unsigned(stream)
  if (bodyForm(headers['content-type'])?.kind !== 'ndjson') return notLines(headers)
  const key = nameIn(headers)
  if (typeof key === 'object') return key
  const coding = untakenCoding(headers)
  if (coding) return coding
  const failure = stream.failure()
  const refusal = failure && admission.words.ofError(failure)
  if (refusal) return refusal
  const common = { tenant: tenant.name, traceparent: traceparentIn(headers) }
  return { stream, key, common, pace: paceAt(stream, tenant.rate) }
}

/** Whether a feed was opened. */
export function isFeed(opened: FeedTarget | RequestRefusal): opened is FeedTarget {
  return 'stream' in opened
}

/** The tenant's rate, then the stream's, which an operator may change meanwhile. */
function paceAt(stream: EventStream, rate: PacedRate | undefined): FeedPace {
  const rates = (): readonly PacedRate[] => {
    const { ingress } = stream
    const ofStream = ingress && {
      burst: ingress.burst,
      enter: () => ingress.tryEnter(),
      book: (events: number) => bookDebt(ingress, events),
    }
    return [rate, ofStream].filter((each) => each !== undefined)
  }
  return {
    get maxBatch() {
      return paceOf(rates()).maxBatch
    },
    wait: (events, signal) => paceOf(rates()).wait(events, signal),
  }
}

function unsigned({ name }: EventStream): RequestRefusal {
  const detail = `stream ${name} takes signed requests alone, and the body of a feed has no signature; send requests`
  return { code: 'ERR_FORBIDDEN_STREAM', detail }
}

function notLines({ 'content-type': contentType }: IncomingHttpHeaders): RequestRefusal {
  const got = contentType === undefined ? 'it is missing' : `got ${JSON.stringify(contentType.slice(0, 60))}`
  const detail = `the Content-Type of a feed must be application/x-ndjson, in UTF-8; ${got}`
  return { code: 'ERR_UNSUPPORTED_MEDIA_TYPE', detail }
}
