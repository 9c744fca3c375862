/** Closing and iterating. The C numbers are statements about Go's channels. */
import { describe, expect, it } from 'vitest'
import { promisesSettled } from '../testing/virtual-clock.ts'
import { Channel } from './channel.ts'

const item = <T>(value: T) => ({ done: false, value })
const end = { done: true, value: undefined }
const closed = { name: 'OverloadError', code: 'ERR_CLOSED', httpStatus: 503 }

describe('Channel: close', () => {
  it('C09: a send on a closed channel fails at once, even with room', async () => {
    const channel = new Channel<string>({ capacity: 5 })
    channel.close()
    await expect(channel.send('a')).rejects.toMatchObject(closed)
    expect(channel.trySend('a')).toBe(false)
    expect(channel.size).toBe(0)
  })

  it('C10: close wakes every waiting sender with ERR_CLOSED and delivers none of their items; the buffered stay', async () => {
    const channel = new Channel<string>({ capacity: 1 })
    channel.trySend('buffered')
    const sends = [channel.send('b'), channel.send('c')]
    channel.close()
    for (const send of sends) await expect(send).rejects.toMatchObject(closed)
    expect(channel.waitingSenders).toBe(0)
    expect([await channel.receive(), await channel.receive()]).toEqual([item('buffered'), end])
  })

  it('C11: closing again is harmless, unlike in Go', () => {
    const channel = new Channel<string>({ capacity: 1 })
    expect(channel.closed).toBe(false)
    channel.close()
    channel.close()
    expect(channel.closed).toBe(true)
  })

  it('C12: after close come the buffered items, then the end for ever; size and capacity still answer', async () => {
    const channel = new Channel<number>({ capacity: 3 })
    channel.trySend(1)
    channel.trySend(2)
    channel.close()
    expect([channel.size, channel.capacity]).toEqual([2, 3])
    expect(await channel.receive()).toEqual(item(1))
    expect(channel.tryReceive()).toEqual(item(2))
    for (let again = 0; again < 3; again++) {
      expect(await channel.receive()).toEqual(end)
      expect(channel.tryReceive()).toEqual(end)
    }
    expect([channel.size, channel.capacity]).toEqual([0, 3])
  })

  it('C12: the shared answer of the end cannot be changed by who receives it', async () => {
    const channel = new Channel<number>({ capacity: 0 })
    channel.close()
    expect(Object.isFrozen(await channel.receive())).toBe(true)
  })

  it('C13: close wakes every waiting receiver with the end', async () => {
    const channel = new Channel<string>({ capacity: 0 })
    const receivers = [channel.receive(), channel.receive(), channel.receive()]
    channel.close()
    expect(await Promise.all(receivers)).toEqual([end, end, end])
    expect(channel.waitingReceivers).toBe(0)
  })
})

describe('Channel: for await', () => {
  it('C14: the loop ends after close and drain', async () => {
    const channel = new Channel<number>({ capacity: 3 })
    for (const n of [1, 2, 3]) channel.trySend(n)
    channel.close()
    const seen: number[] = []
    for await (const n of channel) seen.push(n)
    expect(seen).toEqual([1, 2, 3])
  })

  it('C14: a loop that waits for the next item ends with close', async () => {
    const channel = new Channel<number>({ capacity: 3 })
    const seen: number[] = []
    const loop = (async () => {
      for await (const n of channel) seen.push(n)
    })()
    await channel.send(1)
    await promisesSettled()
    expect(channel.waitingReceivers).toBe(1)
    channel.close()
    await loop
    expect(seen).toEqual([1])
  })

  it('C15: leaving the loop by break leaves the rest in the channel, and the channel open', async () => {
    const channel = new Channel<number>({ capacity: 5 })
    for (const n of [1, 2, 3]) channel.trySend(n)
    for await (const n of channel) if (n === 2) break
    expect([channel.size, channel.closed, channel.waitingReceivers]).toEqual([1, false, 0])
    await channel.send(4)
    expect(await channel.receiveMany(5)).toEqual([3, 4])
  })

  it('C15: so does leaving it by an error', async () => {
    const channel = new Channel<number>({ capacity: 5 })
    for (const n of [1, 2]) channel.trySend(n)
    const loop = async (): Promise<void> => {
      for await (const n of channel) throw new Error(`cannot handle ${n}`)
    }
    await expect(loop()).rejects.toThrow('cannot handle 1')
    expect([channel.size, channel.closed]).toEqual([1, false])
  })

  it('several loops share the items, each item going to one of them', async () => {
    const channel = new Channel<number>({ capacity: 2 })
    const seen: number[] = []
    const loop = async (): Promise<void> => {
      for await (const n of channel) seen.push(n)
    }
    const loops = [loop(), loop(), loop()]
    for (let n = 0; n < 100; n++) await channel.send(n)
    channel.close()
    await Promise.all(loops)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it('an iterator is iterable itself', async () => {
    const channel = new Channel<number>({ capacity: 2 })
    channel.trySend(7)
    channel.close()
    const iterator = channel[Symbol.asyncIterator]()
    expect(iterator[Symbol.asyncIterator]()).toBe(iterator)
    expect([await iterator.next(), await iterator.next()]).toEqual([item(7), end])
  })
})
