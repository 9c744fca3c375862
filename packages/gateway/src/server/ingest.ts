/**
 * The ingest listener: finds the stream, keeps the ledger, answers.
 *
 * Bare node:http, because what matters here is who reads a body and when:
 * `docs/adr/0006-http-server-of-the-gateway.md`.
 *
 * Imports `admission`, `config`, `delivery`, `observe`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Admission } from '../admission/admission.ts'
import { BodyBudget } from '../admission/body-budget.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import type { Address } from '../config/kinds.ts'
import { nearestWord } from '../config/nearest-word.ts'
import type { GatewaySettings } from '../config/settings.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import { type Phase, RequestLedger } from '../observe/request-ledger.ts'
import { refusalAnswer } from './answer.ts'
import { Connections } from './connections.ts'
import { Exchange } from './exchange.ts'
import { BodyInflater } from './inflate-body.ts'
import { type Entrance, takeEvents } from './take-events.ts'

const PREFIX = '/v1/streams/'
const HEADERS_MAX_BYTES = 16 * 2 ** 10
const HEADERS_TIMEOUT_MS = 10_000
/** How long a body may take is for those who read it: a feed has no end. */
const REQUEST_TIMEOUT_MS = 0
const TIMEOUT_CHECK_MS = 1000
/** The most stream names that a 404 lists. */
const MAX_LISTED = 20

/** What the ingest listener tells others. */
export interface IngestOptions {
  readonly settings: Pick<GatewaySettings, 'bodyLimit' | 'bodyBudget' | 'bodyTimeoutMs' | 'maxConnections'>
  readonly streams: readonly EventStream[]
  /** A request was refused. */
  onRefused(streamName: string, refusal: RequestRefusal, phase: Phase): void
  /** A fault of the gateway itself. */
  onFault(error: unknown): void
}

/** Takes events over HTTP. */
export class Ingest {
  readonly server: Server
  /** The ledger of requests that name no stream. */
  readonly astray: RequestLedger = new RequestLedger()
  /** Memory for bodies, of all streams together. */
  readonly bodies: BodyBudget
  readonly #options: IngestOptions
  readonly #entrances: ReadonlyMap<string, Entrance>
  readonly #connections = new Connections()
  #isStopping = false

  constructor(options: IngestOptions) {
    this.#options = options
    const { bodyLimit, bodyBudget, bodyTimeoutMs } = options.settings
    const budget = new BodyBudget(bodyBudget)
    this.bodies = budget
    const inflater = new BodyInflater()
    const bounds = { limitBytes: bodyLimit, budget, stallMs: bodyTimeoutMs, inflater }
    this.#entrances = new Map(
      options.streams.map((stream) => {
        return [stream.name, { stream, admission: new Admission(stream, budget, bodyLimit), bounds }]
      }),
    )
    this.server = createServer({
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    })
    this.server.maxConnections = options.settings.maxConnections
    this.server.on('request', (request, response) => this.#receive(request, response, false))
    this.server.on('checkContinue', (request, response) => this.#receive(request, response, true))
    this.server.on('clientError', (error, socket) => this.#connections.broke(error, socket))
  }

  /** From now on every request is refused, and its connection closed. */
  refuseNewcomers(): void {
    this.#isStopping = true
    this.server.closeIdleConnections()
  }

  /** Starts to take connections. */
  listen({ host, port }: Address): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(port, host, () => {
        this.server.off('error', reject)
        resolve()
      })
    })
  }

  /** Closes every connection, whatever is on it. */
  closeNow(): void {
    this.server.closeAllConnections()
  }

  /** Takes no more connections; resolves when the last one is closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve())
    })
  }

  #receive(request: IncomingMessage, response: ServerResponse, holdsBodyBack: boolean): void {
    const exchange = new Exchange(request, response, holdsBodyBack)
    const streamName = streamNameOf(request.url ?? '')
    const entrance = this.#entrances.get(streamName ?? '')
    const ledger = (entrance?.stream.requests ?? this.astray).open()
    const refuse = (refusal: RequestRefusal, phase: Phase, closes = this.#isStopping): void => {
      if (exchange.isAnswered) return
      ledger.refused(refusal.code, phase)
      this.#options.onRefused(entrance?.stream.name ?? '-', refusal, phase)
      exchange.answer(refusalAnswer(refusal), closes)
    }
    this.#connections.add(exchange, (refusal) => refuse(refusal, 'late', true))
    const refusal = this.#refusalOnPath(request, streamName, entrance)
    if (refusal || !entrance) {
      refuse(refusal ?? unknownPath(), 'early')
      return
    }
    takeEvents(exchange, entrance, { ledger, refuse }).catch((error: unknown) => {
      this.#options.onFault(error)
      refuse({ code: 'ERR_INTERNAL', detail: 'a fault of the gateway; its log says more' }, 'late', true)
    })
  }

  #refusalOnPath(
    { method }: IncomingMessage,
    name: string | undefined,
    entrance: Entrance | undefined,
  ): RequestRefusal | undefined {
    if (name === undefined) return unknownPath()
    if (!entrance) return this.#unknownStream(name)
    if (method !== 'POST') return methodNotAllowed(method)
    return this.#isStopping ? entrance.admission.words.refusal({ code: 'ERR_CLOSED' }) : undefined
  }

  #unknownStream(name: string): RequestRefusal {
    const known = [...this.#entrances.keys()]
    const nearest = nearestWord(name, known)
    const listed = known.slice(0, MAX_LISTED).join(', ') + (known.length > MAX_LISTED ? ', …' : '')
    const hint = nearest === undefined ? '' : ` did you mean "${nearest}"?`
    const detail = `no stream is called ${JSON.stringify(name.slice(0, 64))};${hint} there are: ${listed}`
    return { code: 'ERR_UNKNOWN_STREAM', detail }
  }
}

/** The stream that a path names; `undefined` when it is no stream's path. */
function streamNameOf(url: string): string | undefined {
  const path = url.split('?', 1)[0]!
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : ''
  return name === '' || name.includes('/') ? undefined : name
}

function unknownPath(): RequestRefusal {
  return { code: 'ERR_UNKNOWN_PATH', detail: `nothing is here; events are taken by POST ${PREFIX}{stream}` }
}

function methodNotAllowed(method: string | undefined): RequestRefusal {
  return {
    code: 'ERR_METHOD_NOT_ALLOWED',
    detail: `${method} does nothing here; send events by POST`,
    allow: 'POST',
  }
}
