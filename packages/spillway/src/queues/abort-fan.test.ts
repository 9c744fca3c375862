import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { AbortSeat, listenForAbort, stopListening, takeSeat } from './abort-fan.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('listenForAbort', () => {
  it('tells every waiter the reason, once, in the order in which they came', () => {
    const abort = new AbortController()
    const told: unknown[] = []
    for (const name of ['a', 'b', 'c']) listenForAbort(abort.signal, (reason) => told.push([name, reason]))
    abort.abort('enough')
    abort.abort('again')
    expect(told).toEqual([
      ['a', 'enough'],
      ['b', 'enough'],
      ['c', 'enough'],
    ])
  })

  it('has one listener on the signal, however many wait, and none when the last has left', () => {
    const { signal } = new AbortController()
    expect(listeners(signal)).toBe(0)
    const seats = Array.from({ length: 50 }, () => listenForAbort(signal, () => {}))
    expect(listeners(signal)).toBe(1)
    for (const seat of seats) {
      expect(listeners(signal)).toBe(1)
      stopListening(seat)
    }
    expect(listeners(signal)).toBe(0)
  })

  it('listens again when a waiter comes after all had left', () => {
    const abort = new AbortController()
    stopListening(listenForAbort(abort.signal, () => {}))
    const told: unknown[] = []
    listenForAbort(abort.signal, (reason) => told.push(reason))
    abort.abort('late')
    expect(told).toEqual(['late'])
  })

  it('does not tell who has left, not even one taken out while the others are being told', () => {
    const abort = new AbortController()
    const told: string[] = []
    const left = listenForAbort(abort.signal, () => told.push('left'))
    listenForAbort(abort.signal, () => {
      told.push('first')
      stopListening(third)
    })
    const third = listenForAbort(abort.signal, () => told.push('third'))
    stopListening(left)
    stopListening(left)
    abort.abort()
    stopListening(third)
    expect(told).toEqual(['first'])
    expect(listeners(abort.signal)).toBe(0)
  })

  it('tells a waiter that is its own seat, so that none needs an object beside itself', () => {
    const abort = new AbortController()
    const told: string[] = []
    class Guest extends AbortSeat {
      readonly name: string
      constructor(name: string) {
        super()
        this.name = name
      }
      onSignal(reason: unknown): void {
        told.push(`${this.name}: ${reason}`)
      }
    }
    const [a, b] = [new Guest('a'), new Guest('b')]
    takeSeat(abort.signal, a)
    takeSeat(abort.signal, b)
    abort.abort('off')
    expect(told).toEqual(['a: off', 'b: off'])
  })

  it('tells all of them, though some throw', () => {
    // A signal that lets what a listener throws come through; a real one would end the process with it.
    let dispatch = (): void => {}
    const signal = Object.assign(Object.create(AbortSignal.prototype), {
      addEventListener: (_type: string, listener: () => void) => {
        dispatch = listener
      },
      removeEventListener() {},
    }) as AbortSignal
    Object.defineProperty(signal, 'reason', { value: 'off' })
    const told: number[] = []
    for (let i = 0; i < 6; i++) {
      listenForAbort(signal, () => {
        told.push(i)
        if (i % 2 === 0) throw new Error(`planned ${i}`)
      })
    }
    expect(dispatch).toThrow('planned')
    expect(told).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('keeps signals apart', () => {
    const [one, two] = [new AbortController(), new AbortController()]
    const told: unknown[] = []
    listenForAbort(one.signal, (reason) => told.push(reason))
    listenForAbort(two.signal, (reason) => told.push(reason))
    two.abort('two')
    expect([told, listeners(one.signal), listeners(two.signal)]).toEqual([['two'], 1, 0])
  })
})
