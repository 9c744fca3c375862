/**
 * The three ways to wait on Spillway with a signal.
 */
import type { WaitFor } from './crowd.ts'

const maxWaiting = Number.POSITIVE_INFINITY

/** By name, how a full, exhausted or busy thing is waited for. */
export const spillwayWaits: Readonly<Record<string, () => Promise<WaitFor>>> = {
  async 'Spillway Channel.send'() {
    const { Channel } = await import('spillway')
    const channel = new Channel<number>({ capacity: 1, maxWaiting })
    channel.trySend(0)
    return (signal) => channel.send(1, { signal })
  },
  async 'Spillway RateLimiter.wait'() {
    const { RateLimiter } = await import('spillway')
    const limiter = new RateLimiter({ ratePerSecond: 1 / 3600, burst: 1, maxWaiting })
    limiter.allow()
    return (signal) => limiter.wait({ signal })
  },
  async 'Spillway Processor.enqueue'() {
    const { Processor } = await import('spillway')
    const processor = new Processor<number, void>({
      handle: () => new Promise(() => {}),
      capacity: 1,
      whenFull: 'block',
      concurrency: 1,
      maxWaiting,
    })
    processor.offer(0)
    processor.offer(0)
    return (signal) => processor.enqueue(1, { signal })
  },
}
