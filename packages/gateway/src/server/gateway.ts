/**
 * The whole gateway: streams, sinks and both listeners, started and stopped in
 * order.
 *
 * Imports everything below `cli`.
 */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { systemClock } from 'spillway'
import type { RequestRefusal } from '../admission/refusal.ts'
import { SharedRates } from '../admission/shared-rates.ts'
import type { Address } from '../config/kinds.ts'
import type { ResolvedSettings } from '../config/load-settings.ts'
import type { EventStream, StreamHealth } from '../delivery/event-stream.ts'
import { type OpenStreams, openStreams } from '../delivery/open-streams.ts'
import { type Logger, Quietly } from '../observe/log.ts'
import { Metrics } from '../observe/metrics.ts'
import type { Phase } from '../observe/request-ledger.ts'
import { takeSnapshot } from '../observe/snapshot.ts'
import { PROBLEMS } from '../protocol/problem.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import { createAdmin } from './admin.ts'
import type { ChangeNote } from './change-routes.ts'
import { type DashboardFile, readDashboard } from './dashboard-files.ts'
import { Ingest } from './ingest.ts'
import { DASHBOARD_FOLDER, installedVersion } from './installed.ts'
import { listening } from './listen.ts'

/** How often the log may repeat itself. */
const QUIET_MS = 10_000
/** How long the last answers and writes may take once everything is drained. */
const LAST_WORDS_MS = 1000

/** How a stop went. */
export interface StopReport {
  /** Events in memory that were accepted, and neither delivered nor set aside, at the deadline: they are lost. */
  readonly undelivered: number
  /** Events on the disk that the next start goes on with. */
  readonly stored: number
}

/** How the gateway speaks to its operator, and what it shows. */
interface Voice {
  readonly log: Logger
  readonly quietly: Quietly
  readonly version: string
  readonly dashboard: readonly DashboardFile[]
  /** Where the rates of tenants are shared with other gateways. */
  readonly rates: SharedRates | undefined
}

/** A gateway that runs. */
export class Gateway {
  readonly #settings: ResolvedSettings
  readonly #opened: OpenStreams
  readonly #log: Logger
  readonly #quietly: Quietly
  readonly #ingest: Ingest
  readonly #admin: FastifyInstance
  readonly #rates: SharedRates | undefined
  #isReady = false
  #stopping: Promise<StopReport> | undefined

  private constructor(settings: ResolvedSettings, opened: OpenStreams, voice: Voice) {
    const { streams } = opened
    const { log, quietly } = voice
    this.#settings = settings
    this.#opened = opened
    this.#log = log
    this.#quietly = quietly
    this.#rates = voice.rates
    const ingest = new Ingest({
      settings,
      streams,
      rateOf: voice.rates?.rateOf,
      onRefused: this.#logRefusal,
      onCutFeed: this.#logCutFeed,
      onFault: this.#logFault,
    })
    this.#ingest = ingest
    this.#admin = this.#createAdmin(voice)
  }

  /**
   * Opens the sinks and starts to listen.
   *
   * @throws ConfigError when a sink, the data directory, a broker, Redis or an address can't be used; nothing is left running then
   */
  static async start(settings: ResolvedSettings, log: Logger): Promise<Gateway> {
    const quietly = new Quietly(QUIET_MS)
    const { streams, dataDir, jetstream, redis } = settings
    const version = await installedVersion()
    const dashboard = await readDashboard(DASHBOARD_FOLDER)
    const opened = await openStreams({ settings: streams, dataDir, jetstream, log, quietly })
    const rates = redis && new SharedRates(redis, (text) => quietly.say('redis', () => log.warn(text)))
    const gateway = new Gateway(settings, opened, { log, quietly, version, dashboard, rates })
    try {
      await gateway.#listen()
    } catch (error) {
      await gateway.stop()
      throw error
    }
    return gateway
  }

  /** Where events are taken, the port filled in. */
  get address(): Address {
    return { ...this.#settings.listen, port: portOf(this.#ingest.server.address()) }
  }

  /** Where health and metrics are answered. */
  get adminAddress(): Address {
    return { ...this.#settings.admin, port: portOf(this.#admin.server.address()) }
  }

  /** How a stream fares; `undefined` when there is none of that name. */
  healthOf(streamName: string): StreamHealth | undefined {
    return this.#opened.streams.find(({ name }) => name === streamName)?.health()
  }

  /**
   * Stops: refuses newcomers, delivers what was accepted until `drainTimeoutMs`, then lets go of everything. The admin
   * listener answers until the end. Idempotent.
   */
  stop(): Promise<StopReport> {
    this.#stopping ??= this.#drainAndClose()
    return this.#stopping
  }

  #createAdmin({ version, dashboard }: Voice): FastifyInstance {
    const { streams } = this.#opened
    const { admin, adminHosts, adminToken } = this.#settings
    const isReady = (): boolean => this.#isReady && streams.every((stream) => stream.health().takes)
    const observed = {
      streams,
      isReady,
      astray: this.#ingest.astray,
      bodyBytes: () => this.#ingest.bodies.heldBytes,
      sharedRates: () => this.#rates?.state(),
      nowMs: () => systemClock.nowMs(),
      wallNowMs: systemWallNowMs,
    }
    return createAdmin({
      guard: { host: admin.host, hosts: adminHosts, token: adminToken?.reveal() },
      identity: { version, startedAtMs: systemWallNowMs() },
      snapshot: () => takeSnapshot(observed),
      metrics: new Metrics(observed),
      ...{ isReady, streams, dashboard, onFault: this.#logFault, onChanged: this.#logChange },
    })
  }

  async #listen(): Promise<void> {
    const { listen, admin } = this.#settings
    await this.#rates?.open((sentence) => this.#log.warn(sentence))
    await listening(this.#admin.listen(admin), admin, 'admin, --admin-port')
    await listening(this.#ingest.listen(listen), listen, 'listen, --port')
    for (const stream of this.#opened.streams) stream.start().catch(this.#logFault)
    this.#isReady = true
  }

  async #drainAndClose(): Promise<StopReport> {
    this.#isReady = false
    this.#ingest.refuseNewcomers()
    const { streams, closeStores } = this.#opened
    for (const stream of streams) stream.refuseNewcomers()
    await Promise.all(streams.map((stream) => stream.drain(this.#settings.drainTimeoutMs)))
    await within(LAST_WORDS_MS, [this.#ingest.close(), ...streams.map((stream) => stream.close())])
    const report = { undelivered: leftIn(streams, 'memory'), stored: leftIn(streams, 'disk') }
    await within(LAST_WORDS_MS, [closeStores(), this.#rates?.close()])
    this.#ingest.closeNow()
    await this.#admin.close()
    return report
  }

  readonly #logFault = (error: unknown): void => {
    this.#quietly.say('fault', (suppressed) => {
      this.#log.error({ err: error, suppressed }, 'a fault of the gateway')
    })
  }

  readonly #logChange = (note: ChangeNote): void => {
    this.#log.info(note, 'an operator changed a stream, until the next start')
  }

  readonly #logCutFeed = (streamName: string, taken: { accepted: number; duplicates: number }): void => {
    this.#quietly.say(`${streamName} cut`, (suppressed) => {
      this.#log.info(
        { stream: streamName, ...taken, suppressed },
        'the client of a feed left before its answer',
      )
    })
  }

  readonly #logRefusal = (streamName: string, { code, detail }: RequestRefusal, phase: Phase): void => {
    this.#quietly.say(`${streamName} ${code}`, (suppressed) => {
      const isOverload = PROBLEMS[code].status === 429 || PROBLEMS[code].status === 503
      this.#log[isOverload ? 'warn' : 'info']({ stream: streamName, code, phase, suppressed }, detail)
    })
  }
}

/** Events that are neither delivered nor set aside, in the streams of this durability. */
function leftIn(streams: readonly EventStream[], durability: EventStream['durability']): number {
  return streams
    .filter((stream) => stream.durability === durability)
    .reduce((sum, stream) => sum + stream.stored().backlog.items, 0)
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Waits for all, but not longer. */
async function within(ms: number, all: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.allSettled(all), tooLong])
  clearTimeout(timer)
}
