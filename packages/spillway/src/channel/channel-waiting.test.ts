/**
 * Giving up a wait: signals, deadlines, and what they must not lose or leave behind.
 * The C numbers are statements about Go's channels, the T numbers what a port to promises needs besides.
 * An AbortController has a `signal`, so it is given as the wait options itself.
 */
import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Channel } from './channel.ts'

const item = <T>(value: T) => ({ done: false, value })
const timedOut = { name: 'OverloadError', code: 'ERR_WAIT_TIMEOUT', httpStatus: 503, retryable: true }
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

describe('Channel: cancelling', () => {
  it('C25: an aborted send leaves nothing behind, and rejects with the reason', async () => {
    const channel = new Channel<string>({ capacity: 1 })
    const abort = new AbortController()
    channel.trySend('a')
    const send = channel.send('given up', { signal: abort.signal })
    abort.abort('enough')
    await expect(send).rejects.toBe('enough')
    expect(channel.waitingSenders).toBe(0)
    await channel.receive()
    expect(channel.tryReceive()).toBeUndefined()
  })

  it('C26: an aborted receive loses no item: the next send goes to the next receiver, or to the buffer', async () => {
    const channel = new Channel<string>({ capacity: 1 })
    const abort = new AbortController()
    const given = channel.receive({ signal: abort.signal })
    const kept = channel.receive()
    abort.abort()
    await expect(given).rejects.toBe(abort.signal.reason)
    channel.trySend('a')
    channel.trySend('b')
    expect(await kept).toEqual(item('a'))
    expect(channel.size).toBe(1)
  })

  it('C27: under a race of cancel and delivery nothing is lost or doubled, and each call settles once', async () => {
    const random = seededRandom(27)
    const channel = new Channel<number>({ capacity: 2 })
    let [sent, received, settled] = [0, 0, 0]
    const calls: Promise<void>[] = []
    for (let n = 0; n < 2000; n++) {
      const abort = new AbortController()
      const call: Promise<unknown> =
        random() < 0.5
          ? channel.send(n, abort).then(() => sent++)
          : channel.receive(abort).then(() => received++)
      calls.push(call.catch(() => {}).then(() => void settled++))
      if (random() < 0.4) abort.abort()
      if (random() < 0.1) await promisesSettled()
      else if (random() < 0.3) queueMicrotask(() => abort.abort())
    }
    await promisesSettled()
    expect(sent).toBe(received + channel.size)
    channel.close()
    await Promise.all(calls)
    expect(settled).toBe(2000)
  })

  it('C28: a signal aborted before the call wins and touches nothing, though the channel is ready or closed', async () => {
    const channel = new Channel<string>({ capacity: 2 })
    channel.trySend('a')
    const signal = AbortSignal.abort('before')
    await expect(channel.send('b', { signal })).rejects.toBe('before')
    await expect(channel.receive({ signal })).rejects.toBe('before')
    await expect(channel.receiveMany(1, { signal })).rejects.toBe('before')
    expect(channel.size).toBe(1)
    channel.close()
    await expect(channel.send('b', { signal })).rejects.toBe('before')
  })

  it('C29: taking cancelled waiters out of the middle keeps the order of the rest', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    const abort = new AbortController()
    const sends = [1, 2, 3, 4, 5, 6].map((n) => channel.send(n, n % 2 === 0 ? abort : {}))
    abort.abort()
    expect(await channel.receiveMany(10)).toEqual([1, 3, 5])
    const outcomes = await Promise.allSettled(sends)
    expect(outcomes.map((each) => each.status[0])).toEqual(['f', 'r', 'f', 'r', 'f', 'r'])
  })

  it('T1: once the item is handed over, an abort in the same tick changes nothing', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const abort = new AbortController()
    const receive = channel.receive(abort)
    channel.trySend('a')
    abort.abort()
    expect(await receive).toEqual(item('a'))
    const again = new AbortController()
    const send = channel.send('b', again)
    expect(channel.tryReceive()).toEqual(item('b'))
    again.abort()
    await send
  })

  it('T2: after 100,000 calls with one signal and a deadline it has no listener, and no timer is alive', async () => {
    const clock = new VirtualClock()
    const channel = new Channel<number>({ capacity: 1, clock })
    const { signal } = new AbortController()
    for (let n = 0; n < 50_000; n++) {
      const receive = channel.receive({ signal, timeoutMs: 1000 })
      await channel.send(n, { signal, timeoutMs: 1000 })
      await receive
    }
    expect([listeners(signal), clock.pending]).toEqual([0, 0])
  }, 30_000)

  it('T2: there is one listener for each signal, however many wait, and none after the abort', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    const abort = new AbortController()
    const calls = [1, 2, 3, 4, 5].map(() => channel.receive(abort))
    expect(listeners(abort.signal)).toBe(1)
    abort.abort()
    expect(listeners(abort.signal)).toBe(0)
    expect((await Promise.allSettled(calls)).every((each) => each.status === 'rejected')).toBe(true)
  })

  it('T2: the listener goes with the last waiter on every other way out: delivery, deadline, close', async () => {
    const clock = new VirtualClock()
    const channel = new Channel<number>({ capacity: 0, clock })
    const { signal } = new AbortController()
    const calls = [1, 2, 3].map((n) => channel.receive({ signal, timeoutMs: n * 1000 }))
    const settled = Promise.allSettled(calls)
    clock.advance(1000)
    channel.trySend(1)
    expect([listeners(signal), clock.pending]).toEqual([1, 1])
    channel.close()
    expect([listeners(signal), clock.pending]).toEqual([0, 0])
    expect((await settled).map((each) => each.status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  })

  it('T3: 100,000 waiting senders aborted by one signal are all gone at once, and their items are let go', async () => {
    const channel = new Channel<object>({ capacity: 0, maxWaiting: 100_000 })
    const abort = new AbortController()
    let rejected = 0
    const items: WeakRef<object>[] = []
    for (let n = 0; n < 100_000; n++) {
      const large = {}
      if (n % 10_000 === 0) items.push(new WeakRef(large))
      channel.send(large, abort).catch(() => rejected++)
    }
    abort.abort()
    expect(channel.waitingSenders).toBe(0)
    await promisesSettled()
    expect(rejected).toBe(100_000)
    collectGarbage()
    expect(items.filter((each) => each.deref() !== undefined)).toEqual([])
  }, 30_000)

  it('T4: an aborted send that nobody looks at causes one unhandled rejection, its own', async () => {
    const unhandled: unknown[] = []
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    process.on('unhandledRejection', (reason) => unhandled.push(reason))
    const abort = new AbortController()
    void new Channel<number>({ capacity: 0 }).send(1, abort)
    abort.abort('once')
    await promisesSettled()
    await promisesSettled()
    process.removeAllListeners('unhandledRejection')
    for (const other of others) process.on('unhandledRejection', other)
    expect(unhandled).toEqual(['once'])
  })
})

describe('Channel: deadlines', () => {
  it.each([{ timeoutMs: 0 }, { finishWithinMs: 0 }])(
    'T5: %o never waits: what would have to is rejected at once',
    async (wait) => {
      const clock = new VirtualClock()
      const channel = new Channel<string>({ capacity: 1, clock })
      await channel.send('a', wait)
      await expect(channel.send('b', wait)).rejects.toMatchObject(timedOut)
      expect(await channel.receive(wait)).toEqual(item('a'))
      await expect(channel.receive(wait)).rejects.toMatchObject(timedOut)
      expect([channel.waitingSenders, channel.waitingReceivers, clock.pending]).toEqual([0, 0, 0])
    },
  )

  it('T5: a deadline beyond 2^31 ms is kept, on the real clock too', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const receive = channel.receive({ timeoutMs: 2 ** 31 + 5000 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(channel.waitingReceivers).toBe(1)
    channel.trySend('in time')
    expect(await receive).toEqual(item('in time'))
  })

  it('T6: a fractional deadline is never early', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const fromMs = performance.now()
    await expect(channel.receive({ timeoutMs: 4.4 })).rejects.toMatchObject(timedOut)
    expect(performance.now() - fromMs).toBeGreaterThanOrEqual(4.4)
  })

  it('a wait ends at its deadline, the earliest first, and leaves nothing behind', async () => {
    const clock = new VirtualClock()
    const channel = new Channel<number>({ capacity: 0, clock })
    const late = channel.send(1, { timeoutMs: 50 })
    const early = channel.send(2, { timeoutMs: 100, finishWithinMs: 20 })
    clock.advance(20)
    await expect(early).rejects.toMatchObject(timedOut)
    expect(channel.waitingSenders).toBe(1)
    clock.advance(29.9)
    expect(channel.waitingSenders).toBe(1)
    clock.advance(0.1)
    await expect(late).rejects.toMatchObject(timedOut)
    expect([channel.tryReceive(), clock.pending]).toEqual([undefined, 0])
  })

  it.each([-1, Number.NaN])('a bound of %s is a mistake, and told as one', async (timeoutMs) => {
    const channel = new Channel<string>({ capacity: 1 })
    const mistake = { name: 'OptionError', option: 'timeoutMs' }
    await expect(channel.send('a', { timeoutMs })).rejects.toMatchObject(mistake)
    await expect(channel.receive({ timeoutMs })).rejects.toMatchObject(mistake)
    expect(channel.size).toBe(0)
  })

  it('so is a signal that is none', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    // @ts-expect-error: an AbortController where its signal is meant
    const receive = channel.receive({ signal: new AbortController() })
    await expect(receive).rejects.toMatchObject({ name: 'OptionError', option: 'signal' })
    expect(channel.waitingReceivers).toBe(0)
  })
})

describe('Channel: bounds and memory', () => {
  it('at most maxWaiting senders wait, and at most maxWaiting receivers; the next is refused at once', async () => {
    const tooMany = { code: 'ERR_TOO_MANY_WAITING', scope: 'server' }
    const channel = new Channel<number>({ capacity: 0, maxWaiting: 2 })
    void channel.send(1)
    void channel.send(2)
    await expect(channel.send(3)).rejects.toMatchObject(tooMany)
    expect(await channel.receiveMany(9)).toEqual([1, 2])
    void channel.receive()
    void channel.receive()
    await expect(channel.receive()).rejects.toMatchObject(tooMany)
    await expect(channel.receiveMany(1)).rejects.toMatchObject(tooMany)
    expect([channel.waitingSenders, channel.waitingReceivers]).toEqual([0, 2])
  })

  it('1024 may wait unless it is said otherwise', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    for (let n = 0; n < 1024; n++) void channel.receive()
    await expect(channel.receive()).rejects.toThrow('1024 callers wait already')
  })

  it('a flood with no consumer is refused and leaves nothing: 1,000,000 offers hold no more than the capacity', async () => {
    const channel = new Channel<object>({ capacity: 1000, maxWaiting: 1000 })
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    let refused = 0
    for (let n = 0; n < 1_000_000; n++) if (!channel.trySend({ n })) refused++
    for (let n = 0; n < 20_000; n++) await channel.send({ n }, { timeoutMs: 0 }).catch(() => refused++)
    for (let n = 0; n < 20_000; n++) void channel.send({ n }).catch(() => refused++)
    await promisesSettled()
    collectGarbage()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16 * 2 ** 20)
    expect([channel.size, channel.waitingSenders, refused]).toEqual([1000, 1000, 1_038_000])
  }, 30_000)

  it('T7: a receive consumes as it settles: microtasks cannot change who gets what', async () => {
    const channel = new Channel<number>({ capacity: 3 })
    const seen: string[] = []
    const slow = channel.receive().then(async (result) => {
      await null
      await null
      seen.push(`first ${result.value}`)
    })
    const quick = channel.receive().then((result) => seen.push(`second ${result.value}`))
    channel.trySend(1)
    channel.trySend(2)
    await Promise.all([slow, quick])
    expect(seen).toEqual(['second 2', 'first 1'])
  })

  it('T10: a received item is not kept alive by the buffer', async () => {
    const channel = new Channel<object>({ capacity: 4 })
    channel.trySend({})
    channel.trySend({})
    const received = new WeakRef((channel.tryReceive() as { value: object }).value)
    await promisesSettled()
    collectGarbage()
    expect(received.deref()).toBeUndefined()
    expect(channel.size).toBe(1)
  })
})
