/**
 * The probes on a real event loop: idle, and blocked.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PressureGate } from 'spillway'
import { nodeProbes } from 'spillway/node'
import { describe, expect, it } from 'vitest'

/** Keeps the event loop busy, without a pause. */
function block(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

describe('the probes of a Node process', () => {
  it('see nothing while it is idle, the blocked loop after it was blocked, and nothing again', async () => {
    using node = nodeProbes()
    const gate = new PressureGate({ probes: node.probes, sampleMs: 50 })
    const delayMs = (): number | undefined => {
      gate.tryEnter()
      return gate.stats().probes['event loop delay ms']?.value
    }
    await sleep(400)
    expect(delayMs()).toBeLessThan(60)
    for (let i = 0; i < 3; i++) {
      block(300)
      await sleep(1)
    }
    expect(delayMs()).toBeGreaterThan(100)
    expect(gate.tryEnter({ criticality: 'sheddable' })).toMatchObject({ admitted: false, code: 'ERR_SHED' })
    await sleep(400)
    expect(delayMs()).toBeLessThan(60)
    expect(gate.stats().probes['event loop utilization']?.badReadings).toBe(0)
  })
})
