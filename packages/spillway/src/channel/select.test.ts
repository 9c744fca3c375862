/** Select. The C and T numbers are statements about Go's `select`, and what a port to promises needs besides. */
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { Channel } from './channel.ts'
import { select, trySelect } from './select.ts'
import { receiveFrom, sendTo } from './select-case.ts'

const closed = { name: 'OverloadError', code: 'ERR_CLOSED' }

function channelOf<T>(...items: T[]): Channel<T> {
  const channel = new Channel<T>({ capacity: 10 })
  for (const item of items) channel.trySend(item)
  return channel
}

const unbuffered = <T>(clock = new VirtualClock()): Channel<T> => new Channel<T>({ capacity: 0, clock })
const waiting = (...channels: Channel<unknown>[]): number[] =>
  channels.map((each) => each.waitingSenders + each.waitingReceivers)

describe('select: choosing', () => {
  it('C16 and C24: an absent channel disables its case, and never proceeds', async () => {
    const gone: Channel<string> | undefined = undefined
    const ready = channelOf('a')
    const cases = { gone: receiveFrom(gone), nil: sendTo(null, 'x'), ready: receiveFrom(ready) }
    expect(await select(cases)).toEqual({ case: 'ready', done: false, value: 'a' })
    expect(trySelect(cases)).toBeUndefined()
  })

  it('C16: with every case disabled it waits until it is given up', async () => {
    const abort = new AbortController()
    const never = select({ a: receiveFrom(undefined), b: sendTo(undefined, 1) }, abort)
    const bounded = select({}, { timeoutMs: 1 })
    await expect(bounded).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    abort.abort('bored')
    await expect(never).rejects.toBe('bored')
  })

  it('C17 and C18: trySelect never waits: it answers undefined only when no case is ready, and changes nothing', () => {
    const [empty, full] = [channelOf<number>(), new Channel<number>({ capacity: 1 })]
    full.trySend(1)
    const cases = { take: receiveFrom(empty), put: sendTo(full, 2) }
    expect(trySelect(cases)).toBeUndefined()
    expect([empty.size, full.size, ...waiting(empty, full)]).toEqual([0, 1, 0, 0])
    empty.trySend(5)
    for (let n = 0; n < 100; n++) {
      expect(trySelect(cases)).toEqual({ case: 'take', done: false, value: 5 })
      empty.trySend(5)
    }
  })

  it('C19: among ready cases the choice is uniform: 20,000 draws stay within 47 to 53 percent', () => {
    const random = seededRandom(19)
    const [a, b] = [channelOf(1), channelOf(2)]
    let fromA = 0
    for (let n = 0; n < 20_000; n++) {
      const chosen = trySelect({ a: receiveFrom(a), b: receiveFrom(b) }, { random })
      if (chosen?.case === 'a') fromA++
      if (chosen?.case === 'a') a.trySend(1)
      else b.trySend(2)
    }
    expect(fromA / 20_000).toBeGreaterThan(0.47)
    expect(fromA / 20_000).toBeLessThan(0.53)
  })

  it('C19: so it is among three, wherever they stand, when others are not ready', async () => {
    const random = seededRandom(3)
    const counts: Record<string, number> = { first: 0, middle: 0, last: 0 }
    for (let n = 0; n < 6000; n++) {
      const cases = {
        first: receiveFrom(channelOf(n)),
        empty: receiveFrom(channelOf()),
        middle: sendTo(channelOf(), n),
        last: receiveFrom(channelOf(n)),
      }
      const chosen = await select(cases, { random })
      counts[chosen.case] = (counts[chosen.case] ?? 0) + 1
    }
    for (const count of Object.values(counts)) expect(Math.abs(count - 2000)).toBeLessThan(150)
  })

  it('C20: with several ready cases exactly one is done; the others keep their items', async () => {
    const [a, b, c] = [channelOf(1), channelOf(2), channelOf<number>()]
    const chosen = await select({ a: receiveFrom(a), b: receiveFrom(b), c: sendTo(c, 3) })
    const left = { a: 1, b: 1, c: 0 }
    left[chosen.case] += chosen.case === 'c' ? 1 : -1
    expect({ a: a.size, b: b.size, c: c.size }).toEqual(left)
  })

  it('C22: a closed channel’s receive case is always ready; its send case throws when it is chosen', async () => {
    const done = channelOf<number>()
    done.close()
    const idle = unbuffered<number>()
    const cases = { idle: receiveFrom(idle), done: receiveFrom(done) }
    expect(await select(cases)).toEqual({ case: 'done', done: true, value: undefined })
    expect(trySelect(cases)).toEqual({ case: 'done', done: true, value: undefined })
    await expect(select({ out: sendTo(done, 1) })).rejects.toMatchObject(closed)
    expect(() => trySelect({ out: sendTo(done, 1) })).toThrow(expect.objectContaining(closed))
  })

  it('C35: every case, its channel and its item are read exactly once, chosen or not', async () => {
    const reads: string[] = []
    const spied = <C extends object>(name: string, target: C): C =>
      new Proxy(target, {
        get(object, key) {
          if (key !== 'kind') reads.push(`${name}.${String(key)}`)
          return Reflect.get(object, key)
        },
      })
    const cases = spied('cases', {
      a: spied('a', receiveFrom(channelOf(1))),
      b: spied('b', sendTo(channelOf<number>(), 2)),
    })
    await select(cases)
    expect(reads.toSorted()).toEqual(['a.channel', 'b.channel', 'b.item', 'cases.a', 'cases.b'])
  })

  it('refuses what is no case and what is no channel, by name', async () => {
    // @ts-expect-error: a channel where a case is meant
    await expect(select({ jobs: channelOf(1) })).rejects.toThrow(/case "jobs" must be made by receiveFrom/)
    // @ts-expect-error: an array where a channel is meant
    expect(() => trySelect({ jobs: receiveFrom([1]) })).toThrow(/case "jobs" needs a Channel.*got an array/)
    // @ts-expect-error: nothing at all
    await expect(select(undefined)).rejects.toMatchObject({ name: 'OptionError', option: 'cases' })
  })
})

describe('select: waiting', () => {
  it('proceeds with the first case that becomes ready', async () => {
    const [a, b] = [unbuffered<number>(), unbuffered<string>()]
    const chosen = select({ a: receiveFrom(a), b: receiveFrom(b) })
    expect(waiting(a, b)).toEqual([1, 1])
    expect(b.trySend('hello')).toBe(true)
    expect(await chosen).toEqual({ case: 'b', done: false, value: 'hello' })
  })

  it('C21: when one case fires, its entries everywhere else are gone: no ghost takes or gives an item', async () => {
    const [a, b, c] = [unbuffered<number>(), unbuffered<number>(), unbuffered<number>()]
    const chosen = select({ a: receiveFrom(a), b: receiveFrom(b), c: sendTo(c, 3) })
    a.trySend(1)
    expect(waiting(a, b, c)).toEqual([0, 0, 0])
    expect([a.trySend(9), b.trySend(9), c.tryReceive()]).toEqual([false, false, undefined])
    expect(await chosen).toEqual({ case: 'a', done: false, value: 1 })
  })

  it('C21: the same holds when the send case fires, and when a channel has two cases', async () => {
    const [a, c] = [unbuffered<number>(), unbuffered<number>()]
    const chosen = select({ first: receiveFrom(a), second: receiveFrom(a), c: sendTo(c, 3) })
    expect(waiting(a, c)).toEqual([2, 1])
    expect(c.tryReceive()).toEqual({ done: false, value: 3 })
    expect(waiting(a, c)).toEqual([0, 0])
    expect(await chosen).toEqual({ case: 'c', done: false, value: undefined })
  })

  it('C23: a select that waits to send is woken by close with ERR_CLOSED', async () => {
    const [out, idle] = [unbuffered<number>(), unbuffered<number>()]
    const chosen = select({ out: sendTo(out, 1), idle: receiveFrom(idle) })
    out.close()
    await expect(chosen).rejects.toMatchObject(closed)
    expect(waiting(out, idle)).toEqual([0, 0])
  })

  it('C36: a send and a receive on one channel inside one select never pair with each other', async () => {
    const channel = unbuffered<number>()
    const chosen = select({ put: sendTo(channel, 1), take: receiveFrom(channel) })
    await promisesSettled()
    expect([channel.waitingSenders, channel.waitingReceivers]).toEqual([1, 1])
    const other = select({ put: sendTo(channel, 2), take: receiveFrom(channel) })
    const [one, two] = await Promise.all([chosen, other])
    expect([one.case, two.case].toSorted()).toEqual(['put', 'take'])
    expect([channel.waitingSenders, channel.waitingReceivers]).toEqual([0, 0])
  })

  it('T9: close settles a select with several cases on the channel once, and leaves nothing', async () => {
    const channel = unbuffered<number>()
    const chosen = select({ a: receiveFrom(channel), b: receiveFrom(channel), c: sendTo(channel, 1) })
    channel.close()
    expect(await chosen).toEqual({ case: 'a', done: true, value: undefined })
    expect([channel.waitingSenders, channel.waitingReceivers]).toEqual([0, 0])
  })

  it('gives up at its deadline or its abort, and leaves nothing behind in any channel', async () => {
    const clock = new VirtualClock()
    const [a, b] = [unbuffered<number>(clock), unbuffered<number>(clock)]
    const abort = new AbortController()
    const cases = { a: receiveFrom(a), b: sendTo(b, 1) }
    const late = select(cases, { timeoutMs: 50 })
    const given = select(cases, abort)
    abort.abort('enough')
    clock.advance(50)
    await expect(given).rejects.toBe('enough')
    await expect(late).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    expect([...waiting(a, b), clock.pending, getEventListeners(abort.signal, 'abort').length]).toEqual([
      0, 0, 0, 0,
    ])
  })

  it('takes its deadline and its listener back when another case than the first fires', async () => {
    const clock = new VirtualClock()
    const [a, b] = [unbuffered<number>(clock), unbuffered<number>(clock)]
    const { signal } = new AbortController()
    const chosen = select({ a: receiveFrom(a), b: receiveFrom(b) }, { signal, timeoutMs: 50 })
    b.trySend(1)
    expect([clock.pending, getEventListeners(signal, 'abort').length]).toEqual([0, 0])
    expect((await chosen).case).toBe('b')
  })

  it('never waits with a timeout of 0, and touches nothing when aborted before', async () => {
    const a = channelOf(1)
    const idle = unbuffered<number>()
    await expect(select({ idle: receiveFrom(idle) }, { timeoutMs: 0 })).rejects.toMatchObject({
      code: 'ERR_WAIT_TIMEOUT',
    })
    await expect(select({ a: receiveFrom(a) }, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    expect([a.size, ...waiting(idle)]).toEqual([1, 0])
  })

  it('counts as a waiter in each channel, and is refused whole where one is full of waiters', async () => {
    const open = unbuffered<number>()
    const crowded = new Channel<number>({ capacity: 0, maxWaiting: 1 })
    void crowded.receive()
    const refused = select({ open: receiveFrom(open), crowded: receiveFrom(crowded) })
    await expect(refused).rejects.toMatchObject({ code: 'ERR_TOO_MANY_WAITING' })
    expect(waiting(open, crowded)).toEqual([0, 1])
  })

  it('is served in turn with plain receivers', async () => {
    const channel = unbuffered<number>()
    const calls = [channel.receive(), select({ in: receiveFrom(channel) }), channel.receive()]
    for (const n of [1, 2, 3]) channel.trySend(n)
    expect((await Promise.all(calls)).map((each) => each.value)).toEqual([1, 2, 3])
  })
})
