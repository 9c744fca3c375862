/**
 * Order, room and waiting: what a channel does while it is open.
 * The C numbers are statements about Go's channels, each seen to hold in its runtime.
 */
import { setImmediate as nextTick } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { promisesSettled } from '../testing/virtual-clock.ts'
import { Channel } from './channel.ts'

const item = <T>(value: T) => ({ done: false, value })
const end = { done: true, value: undefined }

/** How a promise stands, once everything that was ready has run. */
function stateOf(promise: Promise<unknown>): Promise<'resolved' | 'rejected' | 'pending'> {
  const settled = promise.then(
    () => 'resolved' as const,
    () => 'rejected' as const,
  )
  return Promise.race([settled, promisesSettled().then(() => 'pending' as const)])
}

/** A channel holding `items`, full. */
function fullOf<T>(...items: T[]): Channel<T> {
  const channel = new Channel<T>({ capacity: items.length })
  for (const each of items) channel.trySend(each)
  return channel
}

describe('Channel: buffer and order', () => {
  it('C01: a send completes at once while there is room; size and capacity report the state', async () => {
    const channel = new Channel<string>({ capacity: 2 })
    expect([channel.size, channel.capacity]).toEqual([0, 2])
    await channel.send('a')
    await channel.send('b')
    expect([channel.size, channel.capacity]).toEqual([2, 2])
  })

  it('C01: size counts buffered items only, never those of waiting senders', () => {
    const channel = fullOf('a')
    void channel.send('b')
    void channel.send('c')
    expect([channel.size, channel.waitingSenders]).toEqual([1, 2])
  })

  it('C02: a send on a full channel stays pending until a receive, then completes', async () => {
    const channel = fullOf('a')
    const send = channel.send('b')
    expect(await stateOf(send)).toBe('pending')
    expect(channel.tryReceive()).toEqual(item('a'))
    await send
    expect(channel.waitingSenders).toBe(0)
  })

  it('C03: a receive on a full channel takes the head and moves the first waiting item in, in one step', async () => {
    const channel = fullOf('a', 'b')
    const send = channel.send('c')
    expect(channel.tryReceive()).toEqual(item('a'))
    expect([channel.size, channel.waitingSenders]).toEqual([2, 0])
    expect(await stateOf(send)).toBe('resolved')
    expect([channel.tryReceive(), channel.tryReceive()]).toEqual([item('b'), item('c')])
  })

  it('C04: items come out in the order in which they were sent, around the ring many times', () => {
    const channel = new Channel<number>({ capacity: 5 })
    let received = 0
    for (let sent = 0; sent < 1000; sent++) {
      channel.trySend(sent)
      if (channel.size > sent % 5) expect(channel.tryReceive()).toEqual(item(received++))
    }
    expect(received).toBeGreaterThan(990)
  })

  it('C05: waiting senders are served in the order in which they came', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    const completed: number[] = []
    for (const n of [1, 2, 3]) void channel.send(n).then(() => completed.push(n))
    for (const n of [1, 2, 3]) {
      expect(channel.tryReceive()).toEqual(item(n))
      await promisesSettled()
      expect(completed.at(-1)).toBe(n)
    }
  })

  it('C06: waiting receivers are served in the order in which they came', async () => {
    const channel = new Channel<string>({ capacity: 3 })
    const receivers = [channel.receive(), channel.receive(), channel.receive()]
    for (const each of ['a', 'b', 'c']) channel.trySend(each)
    expect(await Promise.all(receivers)).toEqual([item('a'), item('b'), item('c')])
  })

  it('C07: without a buffer a send completes only as a receiver takes its item', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const send = channel.send('a')
    expect(await stateOf(send)).toBe('pending')
    expect([channel.size, channel.capacity]).toEqual([0, 0])
    expect(await channel.receive()).toEqual(item('a'))
    expect(await stateOf(send)).toBe('resolved')
    expect([channel.size, channel.capacity]).toEqual([0, 0])
  })

  it('C08: a send to a waiting receiver bypasses the buffer', async () => {
    const channel = new Channel<string>({ capacity: 4 })
    const receive = channel.receive()
    await channel.send('a')
    expect(channel.size).toBe(0)
    expect(await receive).toEqual(item('a'))
  })

  it('C30: undefined, null and 0 are ordinary items', async () => {
    const channel = fullOf<unknown>(undefined, null, 0)
    expect(await channel.receive()).toEqual(item(undefined))
    expect(channel.tryReceive()).toEqual(item(null))
    expect(await channel.receiveMany(5)).toEqual([0])
    channel.close()
    expect(await channel.receive()).toEqual(end)
  })

  it('C31: a newcomer cannot overtake a waiting sender: the place that comes free is already taken', () => {
    const channel = fullOf('a')
    void channel.send('b')
    channel.tryReceive()
    expect(channel.trySend('newcomer')).toBe(false)
    expect(channel.tryReceive()).toEqual(item('b'))
  })

  it.each([-1, Number.NaN, 1.5, '5', undefined])(
    'C34: a capacity of %s is refused at construction',
    (capacity) => {
      // @ts-expect-error: some of the values are not even numbers
      expect(() => new Channel({ capacity })).toThrow(/^Channel: option "capacity" .*integer of at least 0/)
    },
  )

  it('C34: so are a wrong bound on waiting, a wrong clock and an unknown option', () => {
    expect(() => new Channel({ capacity: 1, maxWaiting: -1 })).toThrow(/"maxWaiting".* got -1/)
    // @ts-expect-error: not a clock
    expect(() => new Channel({ capacity: 1, clock: Date })).toThrow(/"clock".*nowMs and schedule/)
    // @ts-expect-error: unknown
    expect(() => new Channel({ capacity: 1, size: 3 })).toThrow(/unknown option "size"/)
  })

  it('an unlimited capacity may be typed by hand: no send ever waits', () => {
    const channel = new Channel<number>({ capacity: Number.POSITIVE_INFINITY })
    for (let n = 0; n < 5000; n++) expect(channel.trySend(n)).toBe(true)
    expect([channel.size, channel.capacity]).toEqual([5000, Number.POSITIVE_INFINITY])
  })

  it('C37: as a semaphore it admits at most its capacity at once', async () => {
    const permits = new Channel<null>({ capacity: 3 })
    let inside = 0
    let most = 0
    const worker = async (): Promise<void> => {
      await permits.send(null)
      most = Math.max(most, ++inside)
      await nextTick()
      inside--
      permits.tryReceive()
    }
    await Promise.all(Array.from({ length: 50 }, worker))
    expect([most, inside]).toEqual([3, 0])
  })

  it('C38: a receiver never waits while an item is there, nor a sender while a receiver waits', async () => {
    const channel = fullOf('a')
    void channel.send('b')
    await channel.receive()
    await channel.receive()
    expect(channel.waitingReceivers).toBe(0)
    void channel.receive()
    await channel.send('c')
    expect([channel.waitingSenders, channel.waitingReceivers]).toEqual([0, 0])
  })
})

describe('Channel: without waiting', () => {
  it('C17: trySend on a full channel and tryReceive on an empty one return at once and change nothing', () => {
    const full = fullOf('a')
    expect(full.trySend('b')).toBe(false)
    expect([full.size, full.waitingSenders]).toEqual([1, 0])
    const empty = new Channel<string>({ capacity: 1 })
    expect(empty.tryReceive()).toBeUndefined()
    expect([empty.size, empty.waitingReceivers]).toEqual([0, 0])
  })

  it('C32: trySend reaches a waiting receiver even without a buffer', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    expect(channel.trySend('nobody waits')).toBe(false)
    const receive = channel.receive()
    expect(channel.trySend('a')).toBe(true)
    expect(await receive).toEqual(item('a'))
  })

  it('C33: tryReceive takes from a waiting sender even without a buffer', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const send = channel.send('a')
    expect(channel.tryReceive()).toEqual(item('a'))
    expect(await stateOf(send)).toBe('resolved')
  })

  it('T8: no promise is made by trySend and tryReceive, nor by a send that need not wait', () => {
    const channel = new Channel<number>({ capacity: 8 })
    const first = channel.send(1)
    expect(channel.send(2)).toBe(first)
    expect(channel.trySend(3)).toBe(true)
    for (const n of [1, 2, 3]) expect(channel.tryReceive()).toEqual(item(n))
    expect(channel.tryReceive()).toBeUndefined()
  })

  it('T8: every item is received, buffered or refused to the sender’s face: the sums agree at any time', () => {
    const channel = new Channel<number>({ capacity: 3 })
    let [refused, received] = [0, 0]
    for (let sent = 1; sent <= 500; sent++) {
      if (!channel.trySend(sent)) refused++
      if (sent % 3 === 0 && channel.tryReceive() !== undefined) received++
      expect(received + channel.size + refused).toBe(sent)
    }
  })
})

describe('Channel: receiveMany', () => {
  it('takes what is there, in order and at most max, and lets waiting senders move up', async () => {
    const channel = fullOf(1, 2)
    const sends = [channel.send(3), channel.send(4)]
    expect(await channel.receiveMany(3)).toEqual([1, 2, 3])
    await Promise.all(sends)
    expect(await channel.receiveMany(Number.POSITIVE_INFINITY)).toEqual([4])
  })

  it('takes from all who wait on a channel without a buffer', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    for (const n of [1, 2, 3]) void channel.send(n)
    expect(await channel.receiveMany(10)).toEqual([1, 2, 3])
  })

  it('waits for the first item, and takes those that came with it', async () => {
    const channel = new Channel<number>({ capacity: 10 })
    const batch = channel.receiveMany(3)
    expect(channel.waitingReceivers).toBe(1)
    for (const n of [1, 2, 3, 4]) channel.trySend(n)
    expect(await batch).toEqual([1, 2, 3])
    expect(channel.size).toBe(1)
  })

  it('answers an empty list once the channel is closed and empty', async () => {
    const channel = fullOf(1)
    channel.close()
    expect(await channel.receiveMany(5)).toEqual([1])
    expect(await channel.receiveMany(5)).toEqual([])
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a max of %s', async (max) => {
    await expect(fullOf(1).receiveMany(max)).rejects.toThrow(/"max" must be an integer of at least 1/)
  })
})
