import { describe, expect, it } from 'vitest'
import { gateWithPlaces } from '../testing/gate-with-places.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import type { AsyncGate } from './gate.ts'
import { shadow } from './shadow.ts'

const narrow = () => gateWithPlaces(1, new VirtualClock())

describe('shadow', () => {
  it('admits what the gate would refuse, and counts it by code', async () => {
    const gate = narrow()
    const watched = shadow(gate)
    const permits = [watched.tryEnter(), watched.tryEnter(), await watched.enter()]
    expect(watched.stats()).toEqual({ admitted: 1, wouldRefuse: { ERR_CONCURRENCY_LIMITED: 2 } })
    for (const permit of permits) permit.end()
    expect(gate.inFlight).toBe(0)
  })

  it('never makes anyone wait', async () => {
    const gate = narrow()
    const watched = shadow(gate)
    await watched.enter()
    await watched.enter()
    expect(gate.waiting).toBe(0)
  })

  it('runs work that would have been refused', async () => {
    const watched = shadow(narrow())
    await watched.enter()
    expect(await watched.run(() => 'done')).toBe('done')
  })

  it('watches a gate that needs a network; its failures stay failures', async () => {
    const gate = narrow()
    const network: AsyncGate = { enter: (ask) => gate.enter(ask) }
    const watched = shadow(network)
    await watched.enter()
    await watched.enter()
    expect(watched.stats()).toEqual({ admitted: 1, wouldRefuse: { ERR_CONCURRENCY_LIMITED: 1 } })
    const failing = shadow({ enter: () => Promise.reject(new Error('no route')) })
    await expect(failing.enter()).rejects.toThrow('no route')
  })

  it('rejects an aborted caller with the reason of its signal', async () => {
    const reason = new Error('gone')
    await expect(shadow(narrow()).enter({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
