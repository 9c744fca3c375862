/**
 * A store that lives and dies with the process: for streams that may lose
 * events, and for tests. Nothing is copied: payloads are held as given.
 */
import type { EventStore, StoreHealth, StreamOptions, StreamStore } from '../store.ts'
import { systemWallNowMs } from '../wall-clock.ts'
import { MemoryStream } from './memory-stream.ts'

/** What a memory store may be given. */
export interface MemoryStoreOptions {
  /** Wall-clock milliseconds since 1970; the system's by default. */
  readonly wallNowMs?: () => number
}

/** Keeps events in memory. Its acknowledgements mean `memory`: lost with the process. */
export class MemoryStore implements EventStore {
  readonly durability = 'memory' as const
  readonly #wallNowMs: () => number
  readonly #streams = new Map<string, MemoryStream>()

  constructor(options: MemoryStoreOptions = {}) {
    this.#wallNowMs = options.wallNowMs ?? systemWallNowMs
  }

  async openStream(name: string, options: StreamOptions): Promise<StreamStore> {
    const open = this.#streams.get(name)
    if (open) throw new Error(`the stream "${name}" is open already`)
    const stream = new MemoryStream(name, options, this.#wallNowMs)
    this.#streams.set(name, stream)
    return stream
  }

  health(): StoreHealth {
    return { healthy: true }
  }

  async close(): Promise<void> {
    for (const stream of this.#streams.values()) stream.close()
  }
}
