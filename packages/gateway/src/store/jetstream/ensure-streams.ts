/**
 * Creates the streams and consumers that are missing, and compares those that
 * are there; what differs is said, and nothing is changed.
 *
 * Imports `store`.
 */
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import { StoreError } from '../store-error.ts'
import { apiCode } from './broker-answer.ts'
import {
  type ConsumerWish,
  contradictions,
  partitionsIn,
  type StreamPlan,
  type StreamWish,
} from './stream-plan.ts'

const STREAM_NOT_FOUND = 10059
const CONSUMER_NOT_FOUND = 10014
const NO_STORAGE = new Set([10023, 10028, 10047, 10002])
const NO_REPLICAS = new Set([10005, 10074])

/** The streams that are followed, and the one that is taken from. */
export interface FoundStreams {
  readonly backlog: StreamInfo
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
  const { backlog } = plan
  const wishes = [backlog, plan.dead, plan.ids, plan.progress, ...(plan.doubts ? [plan.doubts] : [])]
  const found = await Promise.all(wishes.map((wish) => infoOf(manager, wish.name)))
  if (found[0]) agreeOnPartitions(backlog, found[0])
  for (const [i, wish] of wishes.entries()) {
    if (found[i]) agree(wish.name, { ...found[i].config }, wish)
  }
  const there = await Promise.all(
    wishes.map(async (wish, i) => found[i] ?? (await create(manager, wish, replicas))),
  )
  await Promise.all(plan.consumers.map((wish) => ensureConsumer(manager, backlog.name, wish)))
  return { backlog: there[0]!, dead: there[1]!, ids: there[2]! }
}

/** What was gone of a plan, and is there again. */
export interface Restored {
  readonly found: FoundStreams
  readonly streams: readonly string[]
  readonly consumers: readonly string[]
}

/** Makes what is gone of a plan that was there before. Settings are not compared: they were at the opening. */
export async function restoreStreams(
  manager: JetStreamManager,
  plan: StreamPlan,
  replicas: number,
): Promise<Restored> {
  const { backlog, dead, ids, progress, doubts } = plan
  const streams: string[] = []
  const consumers: string[] = []
  const restore = async (wish: StreamWish): Promise<StreamInfo> => {
    const info = await infoOf(manager, wish.name)
    if (info) return info
    streams.push(wish.name)
    return create(manager, wish, replicas)
  }
  const there = await Promise.all([backlog, dead, ids, progress, ...(doubts ? [doubts] : [])].map(restore))
  const restoreConsumer = async (wish: ConsumerWish): Promise<void> => {
    if (await hasConsumer(manager, backlog.name, wish)) return
    await manager.consumers.add(backlog.name, wish)
    consumers.push(wish.durable_name)
  }
  await Promise.all(plan.consumers.map(restoreConsumer))
  return {
    found: { backlog: there[0]!, dead: there[1]!, ids: there[2]! },
    streams,
    consumers,
  }
}

async function hasConsumer(
  manager: JetStreamManager,
  stream: string,
  { durable_name: name }: ConsumerWish,
): Promise<boolean> {
  try {
    await manager.consumers.info(stream, name)
    return true
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
    return false
  }
}

/** Whether an error says that a stream or a consumer is not there. */
export function isGone(error: unknown): boolean {
  return [STREAM_NOT_FOUND, CONSUMER_NOT_FOUND].includes(apiCode(error))
}

/** What lies in other partitions, or in none, would be out of order beside what comes: it has to be delivered first. */
function agreeOnPartitions({ name, subjects }: StreamWish, { config }: StreamInfo): void {
  const [is, should] = [partitionsIn(config.subjects), partitionsIn(subjects)]
  if (is === should) return
  const found =
    is !== undefined && should !== undefined
      ? `It keeps the order of keys in ${is} partitions and should in ${should}: set jetstream.partitions to ${is}, or let it run empty with ${is} and remove it (nats stream rm ${name})`
      : `It was made ${is === undefined ? 'without' : 'with'} partitions, ${is === undefined ? 'which orderBy needs' : 'which only orderBy needs'}: let it run empty as it was declared before and remove it (nats stream rm ${name})`
  throw new StoreError('ERR_STORE_CONTRADICTION', name, { found })
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

async function ensureConsumer(manager: JetStreamManager, stream: string, wish: ConsumerWish): Promise<void> {
  try {
    const { config } = await manager.consumers.info(stream, wish.durable_name)
    agree(`${stream} > ${wish.durable_name}`, { ...config }, wish)
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
    await manager.consumers.add(stream, wish)
  }
}

/** Makes a consumer anew: everything that is not acknowledged is handed out again, from the first on. */
export async function renewConsumer(
  manager: JetStreamManager,
  stream: string,
  wish: ConsumerWish,
): Promise<void> {
  try {
    await manager.consumers.delete(stream, wish.durable_name)
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
  }
  await manager.consumers.add(stream, wish)
}

/** The number of the last message that a consumer has handed out; of one that is gone, of the last message there is. */
export async function lastHandedOut(
  manager: JetStreamManager,
  stream: string,
  { durable_name: name }: ConsumerWish,
): Promise<number> {
  try {
    return (await manager.consumers.info(stream, name)).delivered.stream_seq
  } catch (error) {
    if (apiCode(error) !== CONSUMER_NOT_FOUND) throw error
    return (await manager.streams.info(stream)).state.last_seq
  }
}
