/**
 * What is flooded: each takes offers without end while nobody consumes, and
 * holds no more than it was allowed to.
 */
import { Channel, Collector, KeyedRateLimiter, Processor, RateLimiter } from 'spillway'

/** Something that is offered items. */
export interface Flooded {
  /** One offer; whether it was taken. */
  readonly offer: (number: number) => unknown
  /** Waits for room or tokens, in vain; the signal gives up. */
  readonly wait: (signal: AbortSignal) => Promise<unknown>
}

const never = (): Promise<never> => new Promise(() => {})
const capacity = 1000
const maxWaiting = 100_000
/** A payload that would be seen if it were kept: a million of them are 100 MB. */
const payload = (number: number): string => `${number}`.padEnd(100, '.')

function processor(whenFull: 'block' | 'reject' | 'drop-oldest'): Flooded {
  const subject = new Processor<string, never>({
    handle: never,
    capacity,
    whenFull,
    concurrency: 10,
    maxWaiting,
  })
  return {
    offer: (number) => subject.offer(payload(number)),
    wait: (signal) => subject.consume([payload(0)], { signal }),
  }
}

function failing(): Flooded {
  const subject = new Processor<string, never>({
    handle: () => Promise.reject(new Error('always')),
    capacity,
    whenFull: 'block',
    concurrency: 10,
    maxWaiting,
    retry: { attempts: 100, baseMs: 1e9, maxMs: 1e9 },
  })
  return {
    offer: (number) => subject.offer(payload(number)),
    wait: (signal) => subject.consume([payload(0)], { signal }),
  }
}

function collector(whenFull: 'reject' | 'drop-oldest'): Flooded {
  const batch = { size: 100, intervalMs: 1000 }
  const subject = new Collector<string>({ flush: never, capacity, whenFull, batch, maxWaiting })
  return {
    offer: (number) => subject.record(payload(number)),
    wait: (signal) => subject.recordOrWait(payload(0), { signal }),
  }
}

/** Every bounded thing of the library, by name. */
export const subjects: Readonly<Record<string, () => Flooded>> = {
  Channel: () => {
    const subject = new Channel<string>({ capacity, maxWaiting })
    return {
      offer: (number) => subject.trySend(payload(number)),
      wait: (signal) => subject.send(payload(0), { signal }),
    }
  },
  'Processor (block)': () => processor('block'),
  'Processor (reject)': () => processor('reject'),
  'Processor (drop-oldest)': () => processor('drop-oldest'),
  'Processor whose work fails': failing,
  'Collector (reject)': () => collector('reject'),
  'Collector (drop-oldest)': () => collector('drop-oldest'),
  RateLimiter: () => {
    const subject = new RateLimiter({ ratePerSecond: 0.001, burst: 1, maxWaiting })
    return { offer: () => subject.allow(), wait: (signal) => subject.wait({ signal }) }
  },
  KeyedRateLimiter: () => {
    const subject = new KeyedRateLimiter({ ratePerSecond: 0.001, burst: 1, maxKeys: capacity, maxWaiting })
    return {
      offer: (number) => subject.allow(payload(number)),
      wait: (signal) => subject.wait('one key', { signal }),
    }
  },
}
