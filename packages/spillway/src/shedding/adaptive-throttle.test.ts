import { describe, expect, it } from 'vitest'
import { OptionError } from '../options/option-error.ts'
import { gateConformance } from '../testing/gate-conformance.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { AdaptiveThrottle } from './adaptive-throttle.ts'

for (const { name, run } of gateConformance({
  name: 'AdaptiveThrottle',
  make: ({ clock }) => {
    let draw = 0.99
    const throttle = new AdaptiveThrottle({ clock, random: () => draw })
    return {
      gate: throttle,
      saturate: () => {
        for (let i = 0; i < 100; i++) throttle.tryEnter()
        clock.advance(1000)
        draw = 0
        return []
      },
      relieve: () => {
        draw = 0.99
      },
    }
  },
})) {
  it(name, run)
}

/** So many requests, of which the first `accepts` are accepted and the rest fail. */
function send(throttle: AdaptiveThrottle, requests: number, accepts: number): void {
  for (let i = 0; i < requests; i++) {
    const answer = throttle.tryEnter()
    if (answer.admitted) answer.end(i < accepts ? 'success' : 'failure')
  }
}

const never = { random: () => 0.9999, maxShare: 0.99 }

describe('AdaptiveThrottle', () => {
  it.each([
    { requests: 100, accepts: 100, share: 0 },
    { requests: 100, accepts: 50, share: 0 },
    { requests: 100, accepts: 40, share: 20 / 101 },
    { requests: 100, accepts: 0, share: 0.99 },
    { requests: 0, accepts: 0, share: 0 },
  ])(
    'refuses $share of the next after $accepts of $requests were accepted',
    ({ requests, accepts, share }) => {
      const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), ...never })
      send(throttle, requests, accepts)
      expect(throttle.share).toBeCloseTo(share, 10)
    },
  )

  it('counts requests before they end: a server that hangs is noticed while it hangs', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, ...never })
    for (let i = 0; i < 100; i++) throttle.tryEnter()
    clock.advance(999)
    expect(throttle.share).toBe(0)
    clock.advance(1)
    expect(throttle.share).toBeGreaterThan(0.98)
  })

  it('counts them at once with a grace of 0', () => {
    const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), ...never, graceMs: 0 })
    for (let i = 0; i < 100; i++) throttle.tryEnter()
    expect(throttle.share).toBeGreaterThan(0.98)
  })

  it('refuses nothing of the first burst to a server that answers within the grace', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, random: seededRandom(5) })
    for (let burst = 0; burst < 3; burst++) {
      for (let i = 0; i < 200; i++) {
        const answer = throttle.tryEnter()
        if (answer.admitted) clock.schedule(900, () => answer.end())
      }
      // Long enough that all is forgotten: each burst is a first one.
      clock.advance(60_000)
    }
    expect(throttle.stats()).toEqual({ admitted: 600, shed: 0, share: 0 })
  })

  it('counts an answer that comes late as the acceptance that it is', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, ...never })
    const permits = Array.from({ length: 10 }, () => throttle.tryEnter())
    clock.advance(1500)
    expect(throttle.share).toBeGreaterThan(0.9)
    for (const permit of permits) if (permit.admitted) permit.end()
    expect(throttle.share).toBe(0)
  })

  it('takes those for old that were sent before the clock was set back, and goes on', () => {
    const clock = new VirtualClock(1e6)
    const throttle = new AdaptiveThrottle({ clock, ...never })
    for (let i = 0; i < 10; i++) throttle.tryEnter()
    clock.step(-1e5)
    expect(throttle.share).toBeGreaterThan(0.9)
    for (let i = 0; i < 20; i++) {
      const answer = throttle.tryEnter()
      if (answer.admitted) answer.end()
    }
    expect(throttle.share).toBe(0)
  })

  it('counts what it refuses itself, so that its share does not fall while the server is down', () => {
    const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), random: seededRandom(3) })
    send(throttle, 5000, 0)
    expect(throttle.share).toBe(0.9)
    expect(throttle.stats().shed / 5000).toBeGreaterThan(0.85)
  })

  it('lets a tenth through by default, so that a recovery is noticed, and opens when it is', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, random: seededRandom(4) })
    send(throttle, 2000, 0)
    const before = throttle.stats().admitted
    send(throttle, 1000, 0)
    expect(throttle.stats().admitted - before).toBeGreaterThan(60)
    for (let second = 0; second < 120; second++) {
      send(throttle, 100, 100)
      clock.advance(1000)
    }
    expect(throttle.share).toBe(0)
  })

  it("takes the work's own failure for an acceptance: the server answered", () => {
    const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), ...never })
    for (let i = 0; i < 100; i++) {
      const answer = throttle.tryEnter()
      if (answer.admitted) answer.end('ignored')
    }
    expect(throttle.share).toBe(0)
  })

  it('leaves out no more than it counts: a grace longer than the window ends with it', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, windowMs: 1000, graceMs: 1e6, random: () => 0.99 })
    for (let i = 0; i < 1000; i++) {
      throttle.tryEnter()
      clock.advance(10)
    }
    for (let i = 0; i < 100; i++) {
      const answer = throttle.tryEnter()
      if (answer.admitted) answer.end('failure')
    }
    expect(throttle.share).toBeGreaterThan(0.4)
  })

  it('forgets what was cancelled where it was counted: what comes later counts in full', () => {
    const clock = new VirtualClock()
    const throttle = new AdaptiveThrottle({ clock, windowMs: 10_000, random: () => 0.99 })
    const asked = Array.from({ length: 200 }, () => throttle.tryEnter())
    clock.advance(5000)
    for (const answer of asked) if (answer.admitted) answer.cancel()
    expect(throttle.share).toBe(0)
    clock.advance(5500)
    for (let i = 0; i < 99; i++) {
      const answer = throttle.tryEnter()
      if (answer.admitted) answer.end('failure')
    }
    expect(throttle.share).toBe(0.9)
  })

  it('forgets what was cancelled, once', () => {
    const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), ...never })
    for (let i = 0; i < 100; i++) {
      const answer = throttle.tryEnter()
      if (!answer.admitted) continue
      answer.cancel()
      answer.cancel()
      answer.end()
    }
    expect(throttle.share).toBe(0)
    send(throttle, 10, 0)
    expect(throttle.share).toBeCloseTo(10 / 11, 10)
  })

  it('refuses a k below 1 and a share above 1', () => {
    expect(() => new AdaptiveThrottle({ k: 0.5 })).toThrow(OptionError)
    expect(() => new AdaptiveThrottle({ maxShare: 1.1 })).toThrow(
      'option "maxShare" must be a number from 0 to 1',
    )
  })
})
