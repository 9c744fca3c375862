import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { Waiter, WaitList } from './wait-list.ts'

const FOR_EVER = Number.POSITIVE_INFINITY

class Guest extends Waiter {
  readonly name: number
  readonly told: string[]

  constructor(name: number, told: string[] = []) {
    super()
    this.name = name
    this.told = told
  }

  onTimeout(): void {
    this.told.push(`${this.name} timed out`)
  }

  onAbort(reason: unknown): void {
    this.told.push(`${this.name} aborted: ${reason}`)
  }
}

describe('WaitList', () => {
  it('serves first come, first served, or the last first, as it is asked', () => {
    const list = new WaitList<Guest>(new VirtualClock(), 10)
    for (const name of [1, 2, 3, 4]) list.add(new Guest(name), FOR_EVER, undefined)
    expect([list.first?.name, list.last?.name, list.size]).toEqual([1, 4, 4])
    expect([list.shift()?.name, list.pop()?.name, list.shift()?.name]).toEqual([1, 4, 2])
    expect([list.pop()?.name, list.pop(), list.shift(), list.size]).toEqual([3, undefined, undefined, 0])
  })

  it('is full when as many wait as may', () => {
    const list = new WaitList<Guest>(new VirtualClock(), 2)
    list.add(new Guest(1), FOR_EVER, undefined)
    expect(list.isFull).toBe(false)
    list.add(new Guest(2), FOR_EVER, undefined)
    expect(list.isFull).toBe(true)
    list.shift()
    expect(list.isFull).toBe(false)
    expect(new WaitList<Guest>(new VirtualClock(), 0).isFull).toBe(true)
  })

  it('tells a waiter that its deadline passed, after it has left, its listener too', () => {
    const clock = new VirtualClock()
    const list = new WaitList<Guest>(clock, 10)
    const { signal } = new AbortController()
    const told: string[] = []
    list.add(new Guest(1, told), 20, signal)
    list.add(new Guest(2, told), 10, signal)
    clock.advance(10)
    expect([told, list.size, list.first?.name]).toEqual([['2 timed out'], 1, 1])
    clock.advance(10)
    expect([told, list.size]).toEqual([['2 timed out', '1 timed out'], 0])
    expect([clock.pending, getEventListeners(signal, 'abort').length]).toEqual([0, 0])
  })

  it('tells a waiter that its signal aborted, after it has left, its deadline too', () => {
    const clock = new VirtualClock()
    const list = new WaitList<Guest>(clock, 10)
    const abort = new AbortController()
    const told: string[] = []
    list.add(new Guest(1, told), 20, abort.signal)
    list.add(new Guest(2, told), FOR_EVER, undefined)
    list.add(new Guest(3, told), FOR_EVER, abort.signal)
    abort.abort('off')
    expect([told, list.size, clock.pending]).toEqual([['1 aborted: off', '3 aborted: off'], 1, 0])
  })

  it('a waiter that was served or removed is told nothing afterwards', () => {
    const clock = new VirtualClock()
    const list = new WaitList<Guest>(clock, 10)
    const abort = new AbortController()
    const told: string[] = []
    const removed = new Guest(2, told)
    list.add(new Guest(1, told), 10, abort.signal)
    list.add(removed, 10, abort.signal)
    list.shift()
    expect([list.remove(removed), list.remove(removed)]).toEqual([true, false])
    clock.advance(100)
    abort.abort()
    expect(told).toEqual([])
  })

  it('removes only its own waiters', () => {
    const clock = new VirtualClock()
    const [list, other] = [new WaitList<Guest>(clock, 10), new WaitList<Guest>(clock, 10)]
    const guest = new Guest(1)
    list.add(guest, 10, undefined)
    expect([other.remove(guest), list.size, guest.waitList === list]).toEqual([false, 1, true])
  })

  it('nothing is left behind when the signal is none', () => {
    const clock = new VirtualClock()
    const list = new WaitList<Guest>(clock, 10)
    // @ts-expect-error: no signal
    expect(() => list.add(new Guest(1), 10, {})).toThrow(TypeError)
    expect([list.size, clock.pending]).toEqual([0, 0])
  })

  it('any guest leaves exactly once, in one way, whatever happens in whatever order', () => {
    const anyEvent = fc.constantFrom('add', 'add', 'add', 'shift', 'pop', 'advance', 'abort', 'remove')
    fc.assert(
      fc.property(fc.array(fc.tuple(anyEvent, fc.nat({ max: 9 })), { maxLength: 60 }), (events) => {
        const clock = new VirtualClock()
        const list = new WaitList<Guest>(clock, 100)
        const aborts = [new AbortController(), new AbortController()]
        const told: string[] = []
        const guests: Guest[] = []
        const leave = (guest: Guest | undefined): void => void (guest && told.push(`${guest.name} left`))
        for (const [event, number] of events) {
          const { signal } = aborts[number % 2]!
          if (event === 'add') {
            guests.push(new Guest(guests.length, told))
            list.add(guests.at(-1)!, number > 6 ? FOR_EVER : number + 1, signal.aborted ? undefined : signal)
          } else if (event === 'shift') leave(list.shift())
          else if (event === 'pop') leave(list.pop())
          else if (event === 'advance') clock.advance(number)
          else if (event === 'abort') aborts[number % 2]!.abort()
          else if (guests[number] && list.remove(guests[number])) leave(guests[number])
          expect(told.length + list.size).toBe(guests.length)
        }
        expect(new Set(told.map((each) => each.split(' ')[0])).size).toBe(told.length)
        while (list.size > 0) list.shift()
        expect(clock.pending).toBe(0)
        for (const { signal } of aborts) expect(getEventListeners(signal, 'abort')).toEqual([])
      }),
    )
  })
})
