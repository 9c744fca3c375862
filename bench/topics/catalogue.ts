/**
 * Every benchmark, in the order of the report.
 */
import type { Benchmark } from '../harness/benchmark.ts'
import { channelAwaited } from './channel/awaited.ts'
import { channelBounds } from './channel/bounds.ts'
import { channelPair } from './channel/pair.ts'
import { clockReading } from './clock/reading.ts'
import { importLoading } from './import/loading.ts'
import { memoryFlood } from './memory/flood.ts'
import { memoryItems } from './memory/items.ts'
import { memorySenders } from './memory/senders.ts'
import { memoryTasks } from './memory/tasks.ts'
import { memoryTokens } from './memory/tokens.ts'
import { rateAllow } from './rate/allow.ts'
import { rateKeyed } from './rate/keyed.ts'
import { rateRefused } from './rate/refused.ts'
import { tasksFlatness } from './tasks/flatness.ts'
import { tasksPeak } from './tasks/peak.ts'
import { tasksRefused } from './tasks/refused.ts'
import { tasksThroughput } from './tasks/throughput.ts'
import { virtualOffers } from './virtual/offers.ts'
import { waitersAbort } from './waiters/abort.ts'
import { waitersListeners } from './waiters/listeners.ts'
import { waitersPeers } from './waiters/peers.ts'
import { waitersRetained } from './waiters/retained.ts'

export const catalogue: readonly Benchmark[] = [
  clockReading,
  channelPair,
  channelAwaited,
  channelBounds,
  rateAllow,
  rateRefused,
  rateKeyed,
  tasksThroughput,
  tasksRefused,
  tasksPeak,
  tasksFlatness,
  memoryItems,
  memorySenders,
  memoryTasks,
  memoryTokens,
  memoryFlood,
  waitersAbort,
  waitersListeners,
  waitersRetained,
  waitersPeers,
  virtualOffers,
  importLoading,
]
