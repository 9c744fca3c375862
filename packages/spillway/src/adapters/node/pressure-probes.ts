/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The probes of a Node process, as one set with its defaults.
 *
 * Floor 5: imports `shedding`.
 */
import type { WatchedProbe } from '../../shedding/pressure-options.ts'
import { eventLoopDelayProbe, eventLoopUtilizationProbe } from './pressure-event-loop.ts'
import { cgroupMemoryProbe, heapProbe, rssProbe } from './pressure-memory.ts'

/** Probes that are closed together. */
export interface NodeProbes extends Disposable {
  /** For a `PressureGate`. */
  readonly probes: readonly WatchedProbe[]
  /** Stops measuring. */
  close(): void
}

/**
 * What to watch in a Node process: the delay and the utilisation of its event loop, its heap, and the memory of its
 * container or, without one, of the machine.
 *
 * ```ts
 * const gate = new PressureGate({ probes: nodeProbes().probes })
 * ```
 */
export function nodeProbes(): NodeProbes {
  const delay = eventLoopDelayProbe()
  const memory = cgroupMemoryProbe() ?? rssProbe()
  const close = (): void => delay.close()
  return { probes: [delay, eventLoopUtilizationProbe(), heapProbe(), memory], close, [Symbol.dispose]: close }
}
