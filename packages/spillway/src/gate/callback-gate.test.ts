import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { gateWithPlaces } from '../testing/gate-with-places.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import type { EntryListener } from './callback-gate.ts'
import { ComposedGate } from './compose.ts'
import { refusal } from './refusal.ts'

const throwing: EntryListener = {
  onAdmitted: () => {
    throw new Error('the listener fails')
  },
  onRefused: () => {},
  onAborted: () => {},
}

/** What `work` threw, or nobody caught while it ran. */
async function thrownIn(work: () => Promise<void>): Promise<string[]> {
  const thrown: string[] = []
  const usual = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (error) => thrown.push(String(error)))
  try {
    await work().catch((error: unknown) => thrown.push(String(error)))
    await promisesSettled()
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of usual) process.on('unhandledRejection', listener)
  }
  return thrown
}

describe('a composition whose listener throws', () => {
  it('when it is admitted at once, takes every permit back', () => {
    const clock = new VirtualClock()
    const gates = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    expect(() => new ComposedGate(gates, { clock }).request({}, throwing)).toThrow('the listener fails')
    expect(gates.map(({ inFlight }) => inFlight)).toEqual([0, 0])
  })

  it('when its turn comes, takes every permit back, and does not hide the error', async () => {
    const clock = new VirtualClock()
    const gates = [gateWithPlaces(1, clock), gateWithPlaces(1, clock)]
    const both = new ComposedGate(gates, { clock })
    const first = await both.enter()
    both.request({}, throwing)
    const thrown = await thrownIn(async () => first.end())
    expect(thrown).toEqual(['Error: the listener fails'])
    expect(gates.map(({ inFlight }) => inFlight)).toEqual([0, 0])
  })
})

describe('those who wait for a composition on one signal', () => {
  it('leave no listener when the gate that they wait for throws', () => {
    const broken = {
      tryEnter: () => refusal('ERR_SHED'),
      enter: () => {
        throw new Error('the gate is broken')
      },
    }
    const { signal } = new AbortController()
    const composed = new ComposedGate([broken], { clock: new VirtualClock() })
    expect(() => composed.request({ signal, timeoutMs: 10 }, throwing)).toThrow('the gate is broken')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('share one listener, which is gone when the last of them has its answer', async () => {
    const clock = new VirtualClock()
    const both = new ComposedGate([gateWithPlaces(1, clock, 100), gateWithPlaces(1, clock)], { clock })
    const first = await both.enter()
    const { signal } = new AbortController()
    const told: unknown[] = []
    for (let i = 0; i < 50; i++) {
      const place = both.request(
        { signal, timeoutMs: 10 },
        { ...throwing, onRefused: ({ code }) => told.push(code) },
      )
      if (i < 49) place?.abandon('left')
    }
    await promisesSettled()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await clock.advanceAsync(10)
    expect(told).toEqual(['ERR_WAIT_TIMEOUT'])
    expect(getEventListeners(signal, 'abort')).toEqual([])
    first.end()
  })
})
