import { describe, expect, expectTypeOf, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { gateWithPlaces } from '../testing/gate-with-places.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { type ComposedAsyncGate, ComposedGate, compose, MAX_ROUNDS } from './compose.ts'
import type { AsyncGate, Gate } from './gate.ts'

for (const { name, run } of gateConformance({
  name: 'compose of two limiters',
  make: ({ clock }) => ({
    gate: new ComposedGate([gateWithPlaces(5, clock), gateWithPlaces(3, clock)], { clock }),
    capacity: 3,
    maxWaiting: 4,
  }),
})) {
  it(name, run)
}

describe('compose', () => {
  it('takes nothing from any gate when one refuses', () => {
    const clock = new VirtualClock()
    const [wide, narrow] = [gateWithPlaces(5, clock), gateWithPlaces(1, clock)]
    const both = compose(wide, narrow)
    expect(both.tryEnter().admitted).toBe(true)
    expect(both.tryEnter()).toMatchObject({ admitted: false, code: 'ERR_CONCURRENCY_LIMITED' })
    expect([wide.inFlight, narrow.inFlight]).toEqual([1, 1])
  })

  it('holds nothing while it waits, so that two compositions in opposite order can not block each other', async () => {
    const clock = new VirtualClock()
    const [a, b] = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const [ab, ba] = [new ComposedGate([a, b], { clock }), new ComposedGate([b, a], { clock })]
    const holder = await a.enter()
    const first = ab.enter()
    const second = ba.enter()
    await promisesSettled()
    expect([a.inFlight, b.inFlight]).toEqual([1, 0])
    holder.end()
    ;(await first).end()
    ;(await second).end()
    expect([a.inFlight, b.inFlight]).toEqual([0, 0])
  })

  it('takes a bound of null as none, also once part of the wait is over', async () => {
    const clock = new VirtualClock()
    const [a, b] = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const both = new ComposedGate([a, b], { clock })
    const [holdsA, holdsB] = [await a.enter(), await b.enter()]
    // As a program without types would ask.
    const waiting = both.enter({ timeoutMs: null } as never)
    await clock.advanceAsync(10)
    holdsA.end()
    await clock.advanceAsync(10)
    holdsB.end()
    ;(await waiting).end()
    expect([a.inFlight, b.inFlight]).toEqual([0, 0])
  })

  it('waits on the refuser alone, and asks the others anew', async () => {
    const clock = new VirtualClock()
    const [a, b] = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const both = new ComposedGate([a, b], { clock })
    const [holdsA, holdsB] = [await a.enter(), await b.enter()]
    const waiting = both.enter()
    await promisesSettled()
    expect([a.waiting, b.waiting]).toEqual([1, 0])
    holdsA.end()
    await promisesSettled()
    expect([a.waiting, b.waiting]).toEqual([0, 1])
    expect(a.inFlight).toBe(0)
    holdsB.end()
    ;(await waiting).end()
  })

  it('bounds all its waits together', async () => {
    const clock = new VirtualClock()
    const [a, b] = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const both = new ComposedGate([a, b], { clock })
    const holdsA = await a.enter()
    await b.enter()
    const failing = both.enter({ timeoutMs: 100 })
    const failure = expect(failing).rejects.toMatchObject({ code: 'ERR_WAIT_TIMEOUT' })
    await clock.advanceAsync(60)
    holdsA.end()
    await clock.advanceAsync(39)
    expect(b.waiting).toBe(1)
    await clock.advanceAsync(1)
    expect(b.waiting).toBe(0)
    await failure
    expect([a.inFlight, b.inFlight]).toEqual([0, 1])
  })

  it('gives back what it holds when a later gate throws', () => {
    const clock = new VirtualClock()
    const first = gateWithPlaces(1, clock)
    const broken: Gate = {
      tryEnter: () => {
        throw new Error('broken')
      },
      enter: () => Promise.reject(new Error('broken')),
    }
    expect(() => compose(first, broken).tryEnter()).toThrow('broken')
    expect(first.inFlight).toBe(0)
  })

  it('ends every permit with the outcome, the last taken first', () => {
    const endings: string[] = []
    const named = (name: string): Gate => ({
      tryEnter: () => ({
        admitted: true,
        end: (outcome) => void endings.push(`${name} ${outcome}`),
        cancel: () => {},
      }),
      enter: () => Promise.reject(new Error('not used')),
    })
    const answer = compose(named('a'), named('b')).tryEnter()
    if (answer.admitted) answer.end('failure')
    expect(endings).toEqual(['b failure', 'a failure'])
  })

  it('asks a gate that needs a network without letting it wait, and gives back what it holds on its no', async () => {
    const clock = new VirtualClock()
    const local = gateWithPlaces(1, clock)
    const remote = gateWithPlaces(1, clock)
    const asks: unknown[] = []
    const network: AsyncGate = {
      enter: (ask) => {
        asks.push(ask?.timeoutMs)
        return remote.enter(ask)
      },
    }
    const both = compose(local, network)
    expectTypeOf(both).toEqualTypeOf<ComposedAsyncGate>()
    ;(await both.enter()).end()
    const held = await remote.enter()
    await expect(both.enter({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_CONCURRENCY_LIMITED' })
    expect(asks).toEqual([0, 0])
    expect(local.inFlight).toBe(0)
    held.end()
  })

  it('gives up after a bounded number of rounds with gates that contradict themselves', async () => {
    let entered = 0
    const contradictory = (): Gate => ({
      tryEnter: () => ({ admitted: false, code: 'ERR_SHED', scope: 'server' }),
      enter: async () => {
        entered++
        return { admitted: true, end() {}, cancel() {} }
      },
    })
    await expect(compose(contradictory(), contradictory()).enter()).rejects.toMatchObject({
      code: 'ERR_SHED',
    })
    expect(entered).toBe(MAX_ROUNDS)
  })

  it('refuses no gates, the same gate twice, and what is no gate', () => {
    const gate = gateWithPlaces(1, new VirtualClock())
    expect(() => compose()).toThrow(OptionError)
    expect(() => compose(gate, gate)).toThrow('the same gate twice')
    // @ts-expect-error: a number is no gate
    expect(() => compose(gate, 5)).toThrow('compose takes gates, objects with enter, got 5')
  })

  it('is a Gate of gates, and an AsyncGate as soon as one of them is', () => {
    const gate = gateWithPlaces(1, new VirtualClock())
    expectTypeOf(compose(gate)).toExtend<Gate>()
    expectTypeOf(compose(gate)).toEqualTypeOf<ComposedGate>()
  })
})
