import { describe, expect, it } from 'vitest'
import { gateWithPlaces } from '../testing/gate-with-places.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import type { CallbackGate, EntryListener } from './callback-gate.ts'
import { ComposedGate, MAX_ROUNDS } from './compose.ts'
import type { Gate } from './gate.ts'
import { EMPTY_PERMIT } from './permits.ts'
import { refusal } from './refusal.ts'

/** Notes what it is told. */
function listener() {
  const told: unknown[] = []
  const noted: EntryListener = {
    onAdmitted: (permit) => {
      told.push('admitted')
      permit.end()
    },
    onRefused: ({ code }) => told.push(code),
    onAborted: (reason) => told.push(reason),
    onFailed: (error) => told.push(`failed: ${String(error)}`),
  }
  return { told, noted }
}

const NEVER = refusal('ERR_SHED')

describe('a composition that is asked by callback', () => {
  it('refuses before request returns when the gate that refuses lets nobody wait, and has taken nothing', () => {
    const clock = new VirtualClock()
    const [open, full] = [gateWithPlaces(1, clock), gateWithPlaces(1, clock, 0)]
    full.tryEnter()
    const { told, noted } = listener()
    expect(new ComposedGate([open, full], { clock }).request({ timeoutMs: 50 }, noted)).toBeUndefined()
    expect(told).toEqual(['ERR_CONCURRENCY_LIMITED'])
    expect(open.inFlight).toBe(0)
  })

  it('waits on one gate after the other, each with what is left of its time, and holds nothing meanwhile', () => {
    const clock = new VirtualClock()
    const gates = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)] as const
    const taken = gates.map((gate) => gate.tryEnter())
    const { told, noted } = listener()
    new ComposedGate(gates, { clock }).request({ timeoutMs: 50 }, noted)
    clock.advance(30)
    for (const answer of taken.slice(0, 1)) if (answer.admitted) answer.end()
    expect(gates.map(({ inFlight, waiting }) => [inFlight, waiting])).toEqual([
      [0, 0],
      [1, 1],
    ])
    clock.advance(19)
    expect(told).toEqual([])
    clock.advance(1)
    expect(told).toEqual(['ERR_WAIT_TIMEOUT'])
    expect(gates.map(({ inFlight, waiting }) => [inFlight, waiting])).toEqual([
      [0, 0],
      [1, 0],
    ])
  })

  it('can be left while it waits for the second gate', () => {
    const clock = new VirtualClock()
    const gates = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)] as const
    const taken = gates.map((gate) => gate.tryEnter())
    const { told, noted } = listener()
    const place = new ComposedGate(gates, { clock }).request({}, noted)
    for (const answer of taken.slice(0, 1)) if (answer.admitted) answer.end()
    place?.abandon('left')
    place?.abandon('again')
    expect(told).toEqual(['left'])
    expect(gates[1].waiting).toBe(0)
  })

  it('lets the last refusal stand after so many waits that another gate made vain', () => {
    let waits = 0
    // Admits whoever waits, and refuses whoever does not.
    const fickle = (): CallbackGate => ({
      tryEnter: () => NEVER,
      enter: () => Promise.resolve(EMPTY_PERMIT),
      request: (_, one) => {
        waits++
        one.onAdmitted(EMPTY_PERMIT)
        return undefined
      },
    })
    const { told, noted } = listener()
    const gates = [fickle(), fickle()]
    new ComposedGate(gates, { clock: new VirtualClock() }).request({}, noted)
    expect(told).toEqual(['ERR_SHED'])
    expect(waits).toBe(MAX_ROUNDS)
  })

  it('tells that a gate failed while it was waited on, and gives everything back', async () => {
    const clock = new VirtualClock()
    const open = gateWithPlaces(1, clock)
    const failing: Gate = { tryEnter: () => NEVER, enter: () => Promise.reject(new Error('broken')) }
    const { told, noted } = listener()
    new ComposedGate([open, failing], { clock }).request({}, noted)
    await promisesSettled()
    expect(told).toEqual(['failed: Error: broken'])
    expect(open.inFlight).toBe(0)
  })

  it('throws at a wrong ask, and has taken nothing', () => {
    const clock = new VirtualClock()
    const lenient: Gate = { tryEnter: () => EMPTY_PERMIT, enter: () => Promise.resolve(EMPTY_PERMIT) }
    const { told, noted } = listener()
    const gates = [lenient, gateWithPlaces(1, clock)]
    expect(() => new ComposedGate(gates, { clock }).request({ cost: -1 }, noted)).toThrow('cost')
    expect(told).toEqual([])
  })
})
