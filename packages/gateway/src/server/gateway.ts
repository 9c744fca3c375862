/**
 * The whole gateway: streams, sinks and both listeners, started and stopped in
 * order.
 *
 * Imports everything below `cli`.
 */
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { RequestRefusal } from '../admission/refusal.ts'
import type { Address } from '../config/kinds.ts'
import type { ResolvedSettings } from '../config/load-settings.ts'
import type { EventStream } from '../delivery/event-stream.ts'
import { openStreams } from '../delivery/open-streams.ts'
import { type Logger, Quietly } from '../observe/log.ts'
import { Metrics } from '../observe/metrics.ts'
import type { Phase } from '../observe/request-ledger.ts'
import { PROBLEMS } from '../protocol/problem.ts'
import { createAdmin } from './admin.ts'
import { Ingest } from './ingest.ts'
import { listening } from './listen.ts'

/** How often the log may repeat itself. */
const QUIET_MS = 10_000
/** How long the last answers and writes may take once everything is drained. */
const LAST_WORDS_MS = 1000

/** How a stop went. */
export interface StopReport {
  /** Events that were accepted, and neither delivered nor failed, at the deadline. */
  readonly undelivered: number
}

/** How the gateway speaks to its operator. */
interface Voice {
  readonly log: Logger
  readonly quietly: Quietly
}

/** A gateway that runs. */
export class Gateway {
  readonly #settings: ResolvedSettings
  readonly #streams: readonly EventStream[]
  readonly #log: Logger
  readonly #quietly: Quietly
  readonly #ingest: Ingest
  readonly #admin: FastifyInstance
  #isReady = false
  #stopping: Promise<StopReport> | undefined

  private constructor(settings: ResolvedSettings, streams: readonly EventStream[], { log, quietly }: Voice) {
    this.#settings = settings
    this.#streams = streams
    this.#log = log
    this.#quietly = quietly
    const ingest = new Ingest({
      settings,
      streams,
      onRefused: this.#logRefusal,
      onFault: this.#logFault,
    })
    const isReady = (): boolean => this.#isReady
    const bodyBytes = (): number => ingest.bodies.heldBytes
    this.#ingest = ingest
    this.#admin = createAdmin({
      metrics: new Metrics({ streams, astray: ingest.astray, bodyBytes, isReady }),
      isReady,
    })
  }

  /**
   * Opens the sinks and starts to listen.
   *
   * @throws ConfigError when a sink can't be opened or an address not be used; nothing is left running then
   */
  static async start(settings: ResolvedSettings, log: Logger): Promise<Gateway> {
    const quietly = new Quietly(QUIET_MS)
    const streams = await openStreams(settings.streams, log, quietly)
    const gateway = new Gateway(settings, streams, { log, quietly })
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

  /**
   * Stops: refuses newcomers, delivers what was accepted until `drainTimeoutMs`, then lets go of everything. The admin
   * listener answers until the end. Idempotent.
   */
  stop(): Promise<StopReport> {
    this.#stopping ??= this.#drainAndClose()
    return this.#stopping
  }

  async #listen(): Promise<void> {
    const { listen, admin } = this.#settings
    await listening(this.#admin.listen(admin), admin, 'admin, --admin-port')
    await listening(this.#ingest.listen(listen), listen, 'listen, --port')
    this.#isReady = true
  }

  async #drainAndClose(): Promise<StopReport> {
    this.#isReady = false
    this.#ingest.refuseNewcomers()
    for (const stream of this.#streams) stream.refuseNewcomers()
    await Promise.all(this.#streams.map((stream) => stream.drain(this.#settings.drainTimeoutMs)))
    await within(LAST_WORDS_MS, [this.#ingest.close(), ...this.#streams.map((stream) => stream.close())])
    const undelivered = this.#streams.reduce((sum, stream) => sum + stream.pending, 0)
    this.#ingest.closeNow()
    await this.#admin.close()
    return { undelivered }
  }

  readonly #logFault = (error: unknown): void => {
    this.#quietly.say('fault', (suppressed) => {
      this.#log.error({ err: error, suppressed }, 'a request met a fault of the gateway')
    })
  }

  readonly #logRefusal = (streamName: string, { code, detail }: RequestRefusal, phase: Phase): void => {
    this.#quietly.say(`${streamName} ${code}`, (suppressed) => {
      const isOverload = PROBLEMS[code].status === 429 || PROBLEMS[code].status === 503
      this.#log[isOverload ? 'warn' : 'info']({ stream: streamName, code, phase, suppressed }, detail)
    })
  }
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Waits for all, but not longer. */
async function within(ms: number, all: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([Promise.allSettled(all), tooLong])
  clearTimeout(timer)
}
