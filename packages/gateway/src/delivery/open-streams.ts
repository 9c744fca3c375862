/**
 * From the settings to streams that take events: opens what stores them, then
 * each stream's sink.
 *
 * Imports `config`, `sinks`, `store`, `observe`.
 */
import { join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import type { JetStreamSettings } from '../config/nats-settings.ts'
import type { StreamSettings } from '../config/stream-settings.ts'
import type { Logger, Quietly } from '../observe/log.ts'
import { openSink } from '../sinks/open-sink.ts'
import { DiskStore } from '../store/disk/disk-store.ts'
import { JetStreamStore } from '../store/jetstream/jetstream-store.ts'
import { MemoryStore } from '../store/memory/memory-store.ts'
import type { EventStore } from '../store/store.ts'
import { StoreError } from '../store/store-error.ts'
import { systemWallNowMs } from '../store/wall-clock.ts'
import type { DeliveryVoice } from './delivery.ts'
import { EventStream } from './event-stream.ts'

/** A request that may not wait at all still waits so long for a broker's acknowledgement. */
const LEAST_COMMIT_MS = 100

/** The streams, and what they are stored in. */
export interface OpenStreams {
  readonly streams: readonly EventStream[]
  /** Lets go of the stores. After the streams are closed. */
  closeStores(): Promise<void>
}

/** What is opened, and who is told of it. */
export interface StreamsOrder {
  readonly dataDir: string
  readonly settings: Readonly<Record<string, StreamSettings>>
  readonly jetstream: JetStreamSettings | undefined
  readonly log: Logger
  readonly quietly: Quietly
}

/**
 * Opens everything; if one part fails, what was opened is closed again.
 *
 * @throws ConfigError when a sink or the data directory can't be used: why, and what to do
 */
export async function openStreams(order: StreamsOrder): Promise<OpenStreams> {
  const stores = new Map<StreamSettings['store'], EventStore>()
  const streams: EventStream[] = []
  const closeStores = async (): Promise<void> => {
    for (const store of stores.values()) await store.close()
  }
  try {
    for (const [name, settings] of Object.entries(order.settings)) {
      const engine = stores.get(settings.store) ?? (await openStore(settings.store, order))
      stores.set(settings.store, engine)
      streams.push(await openStream(name, { settings, engine, order }))
    }
    return { streams, closeStores }
  } catch (error) {
    await Promise.all(streams.map((stream) => stream.close()))
    await closeStores()
    throw error instanceof StoreError ? new ConfigError([error.message]) : error
  }
}

async function openStore(
  kind: StreamSettings['store'],
  { dataDir, jetstream, log }: StreamsOrder,
): Promise<EventStore> {
  const onWarning = (sentence: string): void => log.warn(sentence)
  if (kind === 'memory') return new MemoryStore()
  if (kind === 'disk') return DiskStore.open({ directory: join(dataDir, 'store'), onWarning })
  if (!jetstream) throw new Error('the settings of a stream on jetstream were not checked')
  return JetStreamStore.open({ settings: jetstream, onWarning })
}

async function openStream(
  name: string,
  { settings, engine, order }: { settings: StreamSettings; engine: EventStore; order: StreamsOrder },
): Promise<EventStream> {
  const { backlog, deadLetters, dedupe, batch } = settings
  const sink = await openSink({
    streamName: name,
    settings: settings.sink,
    batch,
    wallNowMs: systemWallNowMs,
  })
  try {
    const isOrdered = settings.orderBy !== undefined
    const commitTimeoutMs = Math.max(LEAST_COMMIT_MS, settings.enqueueTimeoutMs)
    const options = { backlog, deadLetters, dedupe, isOrdered, commitTimeoutMs }
    const store = await engine.openStream(name, options)
    return new EventStream({ name, settings, engine, store, sink, ...voiceOf(name, order) })
  } catch (error) {
    await sink.close()
    throw error
  }
}

function voiceOf(name: string, { log, quietly }: StreamsOrder): Omit<DeliveryVoice, 'onLeft'> {
  return {
    onTrouble(err, next) {
      quietly.say(`${next} ${name}`, (suppressed) => {
        const what =
          next === 'again' ? 'a delivery failed and is tried again' : 'an event became a dead letter'
        log[next === 'again' ? 'warn' : 'error']({ stream: name, err, suppressed }, what)
      })
    },
    onDeadLettersFull() {
      log.error(
        { stream: name },
        'the dead letters are full: nothing is delivered until some are replayed or purged',
      )
    },
    onTimeBomb(sentence) {
      log.warn({ stream: name }, sentence)
    },
    onFault(err) {
      quietly.say(`fault ${name}`, (suppressed) => {
        log.error({ stream: name, err, suppressed }, 'the store of a stream met a fault')
      })
    },
  }
}
