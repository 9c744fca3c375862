import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { whenAborted } from './departures.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

describe('whenAborted', () => {
  it('listens to a signal once, however many wait with it, and not at all when the last one has left', () => {
    const { signal } = new AbortController()
    const stops = Array.from({ length: 1000 }, () => whenAborted(signal, () => {}))
    expect(listeners(signal)).toBe(1)
    for (const stop of stops) stop()
    expect(listeners(signal)).toBe(0)
    whenAborted(signal, () => {})
    expect(listeners(signal)).toBe(1)
  })

  it('tells everybody once, in their order, but those who left before', () => {
    const leaving = new AbortController()
    const told: string[] = []
    const first = whenAborted(leaving.signal, () => {
      told.push('first')
      stopThird()
    })
    const stopSecond = whenAborted(leaving.signal, () => told.push('second'))
    const stopThird = whenAborted(leaving.signal, () => told.push('third'))
    whenAborted(leaving.signal, () => told.push('fourth'))
    stopSecond()
    leaving.abort()
    first()
    expect(told).toEqual(['first', 'fourth'])
    expect(listeners(leaving.signal)).toBe(0)
  })
})
