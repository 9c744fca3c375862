/**
 * A store on a NATS server, or a cluster of them, that several gateways share.
 *
 * Imports `spillway`, `config`, `nats`, `store`.
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { errors, nuid } from '@nats-io/transport-node'
import { type Clock, systemClock } from 'spillway'
import type { JetStreamSettings } from '../../config/nats-settings.ts'
import { connectNats, NatsAccessError, type NatsFault } from '../../nats/connect-nats.ts'
import { isNotEnabled } from '../../nats/is-away.ts'
import type { EventStore, StoreHealth, StreamOptions, StreamStore } from '../store.ts'
import { STORE_REMEDIES, StoreError, type StoreErrorCode } from '../store-error.ts'
import { resolveStreamOptions } from '../stream-options.ts'
import { systemWallNowMs } from '../wall-clock.ts'
import { apiCode } from './broker-answer.ts'
import { BrokerWatch } from './broker-watch.ts'
import { type Ground, REQUEST_TIMEOUT_MS } from './ground.ts'
import { JetStreamStream } from './jetstream-stream.ts'
import { StreamParts } from './open-parts.ts'

const NOT_ENABLED = new Set([10039, 10076])
const NO_LEADER = 10008
const CODES: Readonly<Record<NatsFault, StoreErrorCode>> = {
  away: 'ERR_STORE_BROKER_AWAY',
  denied: 'ERR_STORE_BROKER_DENIED',
  unreadable: 'ERR_STORE_BROKER_DENIED',
}
/** How long the last acknowledgements may take on their way out. */
const LAST_WORDS_MS = 500

/** What the store is opened with. */
export interface JetStreamStoreOptions {
  readonly settings: JetStreamSettings
  readonly clock?: Clock | undefined
  readonly wallNowMs?: (() => number) | undefined
  /** One sentence for an operator. */
  readonly onWarning?: ((sentence: string) => void) | undefined
}

/** Keeps events on JetStream. Its acknowledgements mean `broker`, or with replicas `replicated`. */
export class JetStreamStore implements EventStore {
  readonly #ground: Ground
  readonly #watch: BrokerWatch
  readonly #streams = new Map<string, JetStreamStream>()
  readonly #parts = new Map<string, StreamParts>()
  readonly #opening = new Set<string>()

  private constructor(ground: Omit<Ground, 'trouble' | 'onSilence'>) {
    this.#watch = new BrokerWatch({
      connection: ground.connection,
      clock: ground.clock,
      probe: () => this.#probe(),
      onBack: () => {
        for (const parts of this.#parts.values()) parts.onBack()
      },
    })
    this.#ground = {
      ...ground,
      trouble: () => this.#watch.trouble,
      onSilence: (detail) => this.#watch.suspect(detail),
    }
  }

  /**
   * Connects, and looks whether the server keeps streams at all.
   *
   * @throws StoreError when there is no server, no JetStream, or no right to use it
   */
  static async open(options: JetStreamStoreOptions): Promise<JetStreamStore> {
    const { settings, clock = systemClock, wallNowMs = systemWallNowMs, onWarning = () => {} } = options
    const servers = settings.servers.join(', ')
    try {
      const connection = await connectNats(settings, `spillway ${settings.prefix}`)
      try {
        const manager = await jetstreamManager(connection, { timeout: REQUEST_TIMEOUT_MS })
        const client = jetstream(connection, { timeout: REQUEST_TIMEOUT_MS })
        const instance = nuid.next()
        return new JetStreamStore({
          ...{ connection, client, manager, settings, instance, clock, wallNowMs, onWarning },
        })
      } catch (error) {
        await connection.close()
        throw error
      }
    } catch (error) {
      throw storeErrorOf(error, servers)
    }
  }

  get durability(): 'broker' | 'replicated' {
    return this.#ground.settings.replicas > 1 ? 'replicated' : 'broker'
  }

  async openStream(name: string, options: StreamOptions): Promise<StreamStore> {
    resolveStreamOptions(name, options)
    if (this.#streams.has(name) || this.#opening.has(name)) {
      throw new Error(`the stream "${name}" is open already`)
    }
    this.#opening.add(name)
    try {
      const parts = await StreamParts.open(name, options, this.#ground)
      const stream = new JetStreamStream(parts)
      this.#parts.set(name, parts)
      this.#streams.set(name, stream)
      return stream
    } catch (error) {
      throw storeErrorOf(error, name)
    } finally {
      this.#opening.delete(name)
    }
  }

  health(): StoreHealth {
    const { trouble } = this.#watch
    if (trouble === undefined) return { healthy: true }
    const detail = `${trouble}. ${STORE_REMEDIES.ERR_STORE_BROKER_AWAY}`
    const [stream = ''] = this.#streams.keys()
    return { healthy: false, failure: { code: 'ERR_STORE_BROKER_AWAY', stream, detail } }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.close()))
    this.#watch.stop()
    this.#streams.clear()
    this.#parts.clear()
    const { connection, clock } = this.#ground
    const longEnough = new Promise<void>((resolve) => clock.schedule(LAST_WORDS_MS, resolve))
    await Promise.race([connection.flush().catch(() => {}), longEnough])
    await connection.close()
  }

  async #probe(): Promise<unknown> {
    return Promise.all([...this.#parts.values()].map((parts) => parts.restore()))
  }
}

/** What went wrong, with its remedy; anything that has none as it is. */
function storeErrorOf(cause: unknown, where: string): unknown {
  const error = (code: StoreErrorCode, found: string): StoreError =>
    new StoreError(code, where, { found, cause })
  if (cause instanceof NatsAccessError) {
    return new StoreError(CODES[cause.fault], where, {
      found: `The store cannot be opened: ${cause.message}`,
    })
  }
  if (isNotEnabled(cause) || NOT_ENABLED.has(apiCode(cause))) {
    return error('ERR_STORE_BROKER_UNFIT', 'The server keeps no streams, JetStream is not enabled')
  }
  if (isForbidden(cause)) {
    return error('ERR_STORE_BROKER_DENIED', 'These credentials may not do what the store needs')
  }
  const isSilent = cause instanceof errors.TimeoutError || cause instanceof errors.RequestError
  if (isSilent || apiCode(cause) === NO_LEADER) {
    const found =
      'The server answers, its JetStream does not; of a cluster a majority must run, and have a leader'
    return error('ERR_STORE_BROKER_AWAY', found)
  }
  return cause
}

/** What the server says of a subject that may not be used comes as the cause of a request that failed. */
function isForbidden(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof errors.PermissionViolationError) return true
  }
  return false
}
