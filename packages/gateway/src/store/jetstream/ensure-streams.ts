/**
 * Creates the streams and consumers that are missing, and compares those that
 * are there; what differs is said, and nothing is changed.
 *
 * Imports `store`.
 */
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import { StoreError } from '../store-error.ts'
import { apiCode } from './broker-answer.ts'
import { contradictions, type StreamPlan, type StreamWish } from './stream-plan.ts'

const STREAM_NOT_FOUND = 10059
const CONSUMER_NOT_FOUND = 10014
const NO_STORAGE = new Set([10023, 10028, 10047, 10002])
const NO_REPLICAS = new Set([10005, 10074])

/** The streams that are followed. */
export interface FoundStreams {
  readonly ids: StreamInfo
  readonly dead: StreamInfo
}

/** @throws StoreError saying what contradicts, or why a stream can't be created */
export async function ensureStreams(
  manager: JetStreamManager,
  plan: StreamPlan,
  replicas: number,
): Promise<FoundStreams> {
  // All are compared before one is created: a contradiction leaves nothing behind.
  const wishes = [plan.backlog, plan.dead, plan.ids, plan.progress]
  const found = await Promise.all(wishes.map((wish) => infoOf(manager, wish.name)))
  for (const [i, wish] of wishes.entries()) {
    if (found[i]) agree(wish.name, { ...found[i].config }, wish)
  }
  const [, dead, ids] = await Promise.all(
    wishes.map(async (wish, i) => found[i] ?? (await create(manager, wish, replicas))),
  )
  await ensureConsumer(manager, plan)
  return { dead: dead!, ids: ids! }
}

function agree(name: string, found: Readonly<Record<string, unknown>>, wish: object): void {
  const differences = contradictions(found, wish)
  if (differences.length === 0) return
  const what = `It exists with other settings: ${differences.join('; ')}`
  throw new StoreError('ERR_STORE_CONTRADICTION', name, { found: what })
}

async function infoOf(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream)
  } catch (error) {
    if (apiCode(error) === STREAM_NOT_FOUND) return undefined
    throw error
  }
}

async function create(manager: JetStreamManager, wish: StreamWish, replicas: number): Promise<StreamInfo> {
  try {
    return await manager.streams.add(wish)
  } catch (cause) {
    const code = apiCode(cause)
    if (NO_REPLICAS.has(code)) {
      const found = `The servers cannot keep ${replicas} copies of it`
      throw new StoreError('ERR_STORE_CONTRADICTION', wish.name, { found, cause })
    }
    if (!NO_STORAGE.has(code)) throw cause
    const found = `The broker has no room for it, up to ${wish.max_bytes} bytes`
    throw new StoreError('ERR_STORE_BROKER_SPACE', wish.name, { found, cause })
  }
}

async function ensureConsumer(
  manager: JetStreamManager,
  { backlog, consumer: wish }: StreamPlan,
): Promise<void> {
  const stream = backlog.name
  try {
    const { config } = await manager.consumers.info(stream, wish.durable_name)
    agree(`${stream} > ${wish.durable_name}`, { ...config }, wish)
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
    await manager.consumers.add(stream, wish)
  }
}

/** Makes the consumer anew: everything that is not acknowledged is handed out again, from the first on. */
export async function renewConsumer(manager: JetStreamManager, plan: StreamPlan): Promise<void> {
  const { backlog, consumer } = plan
  try {
    await manager.consumers.delete(backlog.name, consumer.durable_name)
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
  }
  await manager.consumers.add(backlog.name, consumer)
}
