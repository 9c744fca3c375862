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
import { ConnectionShares } from '../admission/connection-shares.ts'
import { HeldAnswers } from '../admission/held-answers.ts'
import type { RequestRefusal } from '../admission/refusal.ts'
import { SignatureCheck } from '../admission/signature-check.ts'
import { type RateOf, Tenants } from '../admission/tenants.ts'
import type { Address } from '../config/kinds.ts'
import type { GatewaySettings } from '../config/settings.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import { type Phase, RequestLedger } from '../observe/request-ledger.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { refusalAnswer } from './answer.ts'
import { Connections } from './connections.ts'
import { Cors, isPreflight } from './cors.ts'
import { Exchange } from './exchange.ts'
import { takeFeed } from './feed.ts'
import { isFeed, openFeed } from './feed-door.ts'
import { FeedMemory } from './feed-memory.ts'
import { BodyInflater } from './inflate-body.ts'
import { isVisit, Reception, STREAMS_PATH } from './reception.ts'
import { framingFault } from './request-framing.ts'
import { type Entrance, type Outcome, takeEvents, type Visit } from './take-events.ts'

const FEED = '/feed'
const HEADERS_MAX_BYTES = 16 * 2 ** 10
const HEADERS_TIMEOUT_MS = 10_000
/** How long a body may take is for those who read it: a feed has no end. */
const REQUEST_TIMEOUT_MS = 0
const TIMEOUT_CHECK_MS = 1000
const INTERNAL: RequestRefusal = { code: 'ERR_INTERNAL', detail: 'a fault of the gateway; its log says more' }

/** What the ingest listener tells others. */
export interface IngestOptions {
  readonly settings: Pick<
    GatewaySettings,
    | 'bodyLimit'
    | 'bodyBudget'
    | 'bodyTimeoutMs'
    | 'feedIdleTimeoutMs'
    | 'feedTimeoutMs'
    | 'maxConnections'
    | 'tenants'
    | 'cors'
  >
  readonly streams: readonly EventStream[]
  /** Where the rates of tenants are kept: by this gateway alone, when left out. */
  readonly rateOf?: RateOf | undefined
  /** A request was refused. */
  onRefused(streamName: string, refusal: RequestRefusal, phase: Phase): void
  /** The client of a feed left before its answer, having had so many events taken. */
  onCutFeed(streamName: string, taken: { readonly accepted: number; readonly duplicates: number }): void
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
  readonly #heldAnswers = new HeldAnswers()
  readonly #reception: Reception
  readonly #cors: Cors | undefined
  /** What is interrupted by a stop. */
  readonly #feeds = new Map<Exchange, Visit>()
  readonly #feedMemory: FeedMemory
  #isStopping = false

  constructor(options: IngestOptions) {
    this.#options = options
    const { bodyBudget, tenants, cors } = options.settings
    const names = ['', ...(tenants ?? []).map(({ name }) => name)]
    this.bodies = new BodyBudget(bodyBudget, names)
    this.#feedMemory = new FeedMemory(bodyBudget)
    this.#entrances = this.#makeEntrances()
    this.#cors = cors && new Cors(cors)
    this.#reception = new Reception({
      tenants: new Tenants({ tenants, bodies: this.bodies, rateOf: options.rateOf }),
      connections: new ConnectionShares(options.settings.maxConnections, names),
      entrances: this.#entrances,
      cors: this.#cors,
    })
    this.server = createServer({
      maxHeaderSize: HEADERS_MAX_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Without one a request is refused here, as a problem document.
      requireHostHeader: false,
    })
    this.server.maxConnections = options.settings.maxConnections
    this.server.on('request', (request, response) => this.#receive(request, response, false))
    this.server.on('checkContinue', (request, response) => this.#receive(request, response, true))
    this.server.on('clientError', (error, socket) => this.#connections.broke(error, socket))
    // Left to Node, the answer to a feed would be lost once the client has ended its side. Not declared in its types.
    Object.assign(this.server, { httpAllowHalfOpen: true })
    this.server.on('connection', (socket) => socket.on('end', () => this.#connections.ended(socket)))
  }

  /** From now on every request is refused, and its connection closed. Feeds are answered. */
  refuseNewcomers(): void {
    this.#isStopping = true
    for (const [exchange, { entrance }] of this.#feeds) {
      exchange.interrupt({
        refusal: entrance.admission.words.refusal({ code: 'ERR_CLOSED' }),
        readsOn: false,
      })
    }
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
    if (this.#connections.isOver(request.socket)) {
      // Once what was read with it is parsed: until then Node would read on.
      queueMicrotask(() => request.socket.pause())
      return
    }
    const exchange = new Exchange(request, response, holdsBodyBack)
    const fault = framingFault(request)
    if (this.#cors && !fault && this.#answersPage(this.#cors, exchange, response)) return
    const { streamName, asFeed } = destinationOf(request.url ?? '')
    const entrance = this.#entrances.get(streamName ?? '')
    const ledger = (entrance?.stream.requests ?? this.astray).open()
    const refuse = (refusal: RequestRefusal, phase: Phase, closes = false): void => {
      if (exchange.isAnswered) return
      ledger.refused(refusal.code, phase)
      this.#options.onRefused(entrance?.stream.name ?? '-', refusal, phase)
      this.#refuse(exchange, refusal, closes)
    }
    this.#connections.add(exchange, (refusal) => refuse(refusal, 'late', true))
    const visit = fault ? malformed(fault) : this.#visit(request, streamName)
    if (!isVisit(visit)) {
      refuse(visit, 'early', fault !== undefined)
      return
    }
    const take = asFeed ? this.#takeFeed : takeEvents
    take(exchange, visit, { ledger, refuse }).catch((error: unknown) => {
      this.#options.onFault(error)
      refuse(INTERNAL, 'late', true)
    })
  }

  /** Says no: at once, or a moment later to whoever does not listen. */
  #refuse(exchange: Exchange, refusal: RequestRefusal, closes: boolean): void {
    if (closes || refusal.closes || this.#isStopping) exchange.makeLast()
    const answer = (): void => {
      if (this.#isStopping) exchange.makeLast()
      if (!exchange.isAnswered) exchange.answer(refusalAnswer(refusal))
    }
    const letGo = refusal.isHeld && !exchange.isLast ? this.#heldAnswers.hold(answer) : undefined
    // Who sends on before it was told is not read any further; and so is who finds no place to wait.
    if (refusal.isHeld && (!letGo || this.#connections.isPipelined(exchange))) exchange.makeLast()
    if (letGo) exchange.onEnd(letGo)
    else answer()
  }

  readonly #takeFeed = async (exchange: Exchange, visit: Visit, outcome: Outcome): Promise<void> => {
    const target = openFeed(exchange.request.headers, visit)
    if (!isFeed(target)) return outcome.refuse(target, 'early')
    this.#feeds.set(exchange, visit)
    exchange.onEnd(() => this.#feeds.delete(exchange))
    const { feedIdleTimeoutMs: idleMs, feedTimeoutMs: timeoutMs } = this.#options.settings
    const { entrance, tenant } = visit
    const maxLineBytes = entrance.bounds.limitBytes
    await takeFeed(
      exchange,
      {
        target,
        part: tenant.bodies,
        bounds: { maxLineBytes, idleMs, timeoutMs, memory: this.#feedMemory },
        refusalOf: (error) => entrance.admission.words.ofError(error) ?? this.#internal(error),
        onCut: (taken) => this.#options.onCutFeed(entrance.stream.name, taken),
      },
      outcome,
    )
  }

  #visit(request: IncomingMessage, streamName: string | undefined): Visit | RequestRefusal {
    const visit = this.#reception.visit(request, streamName)
    if (!isVisit(visit) || !this.#isStopping) return visit
    return visit.entrance.admission.words.refusal({ code: 'ERR_CLOSED' })
  }

  #internal(error: unknown): RequestRefusal {
    this.#options.onFault(error)
    return INTERNAL
  }

  /** Adds what a browser must be told to the answer; whether that was all that was asked. */
  #answersPage(cors: Cors, exchange: Exchange, response: ServerResponse): boolean {
    const { method, headers } = exchange.request
    for (const [name, value] of Object.entries(cors.headersFor(headers))) response.setHeader(name, value)
    const asks = isPreflight(method, headers) && cors.allows(String(headers.origin))
    if (asks) exchange.answer({ status: 204, headers: cors.preflightHeaders(headers), body: '' })
    return asks
  }

  #makeEntrances(): ReadonlyMap<string, Entrance> {
    const { settings, streams } = this.#options
    // With tenants nobody gets more than half of the memory for bodies.
    const share = settings.tenants ? 2 : 1
    const limitBytes = Math.min(settings.bodyLimit, Math.floor(settings.bodyBudget / share))
    const inflater = new BodyInflater()
    const bounds = { limitBytes, budget: this.bodies, stallMs: settings.bodyTimeoutMs, inflater }
    return new Map(
      streams.map((stream) => {
        const { verify } = stream.settings
        const signatures = verify && new SignatureCheck(verify, systemWallNowMs)
        const admission = new Admission({ stream, bodyLimit: limitBytes, signatures })
        return [stream.name, { stream, admission, bounds }]
      }),
    )
  }
}

function malformed(detail: string): RequestRefusal {
  return { code: 'ERR_MALFORMED_REQUEST', detail }
}

/** The stream that a path names, `undefined` when it is no stream's path, and whether it is to be fed. */
function destinationOf(url: string): { readonly streamName: string | undefined; readonly asFeed: boolean } {
  // The absolute form names this server once more: RFC 9112, 3.2.2.
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/]*/i, '')
  const path = target.split('?', 1)[0]!
  const rest = path.startsWith(STREAMS_PATH) ? path.slice(STREAMS_PATH.length) : ''
  const asFeed = rest.endsWith(FEED)
  const name = asFeed ? rest.slice(0, -FEED.length) : rest
  return { streamName: name === '' || name.includes('/') ? undefined : name, asFeed }
}
