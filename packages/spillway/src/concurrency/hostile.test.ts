/**
 * Attacks on a limiter: callbacks that throw at a turn, limits without bound or below what is in flight, outcomes
 * told twice or never, clocks that jump. Whatever happens, no permit is lost and nobody waits for ever.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EntryListener } from '../gate/callback-gate.ts'
import type { Permit } from '../gate/gate.ts'
import { promisesSettled, VirtualClock } from '../testing/virtual-clock.ts'
import { aimd } from './aimd.ts'
import { ConcurrencyLimiter } from './concurrency-limiter.ts'
import type { ConcurrencyLimit } from './limit.ts'
import type { ConcurrencyLimiterOptions } from './limiter-options.ts'

function make(options: Partial<ConcurrencyLimiterOptions> = {}): {
  readonly clock: VirtualClock
  readonly limiter: ConcurrencyLimiter
} {
  const clock = new VirtualClock()
  return { clock, limiter: new ConcurrencyLimiter({ limit: 1, order: 'fifo', clock, ...options }) }
}

/** Notes what it is told, and throws at what is named. */
function listener(
  told: string[],
  throwsAt?: 'admitted' | 'refused' | 'aborted',
): EntryListener & { permit?: Permit } {
  const tell = (what: string): void => {
    told.push(what)
    if (what === throwsAt) throw new Error(`the listener fails, ${what}`)
  }
  const made: EntryListener & { permit?: Permit } = {
    onAdmitted(permit) {
      made.permit = permit
      tell('admitted')
    },
    onRefused: () => tell('refused'),
    onAborted: () => tell('aborted'),
  }
  return made
}

describe('a listener that throws', () => {
  it('when it is admitted at once, leaves no permit behind', () => {
    const { limiter } = make()
    expect(() => limiter.request({}, listener([], 'admitted'))).toThrow('the listener fails')
    expect(limiter.inFlight).toBe(0)
    expect(limiter.tryEnter().admitted).toBe(true)
  })

  it('at its turn, leaves no permit behind, and does not keep those behind it waiting', () => {
    const { limiter } = make({ limit: 2 })
    const told: string[] = []
    const holders = [listener(told), listener(told)]
    for (const holder of holders) limiter.request({}, holder)
    const behind = [listener(told), listener(told)]
    limiter.request({}, listener([], 'admitted'))
    for (const waiter of behind) limiter.request({}, waiter)
    expect(() => holders[0]!.permit!.end()).toThrow('the listener fails')
    expect(told).toEqual(['admitted', 'admitted', 'admitted'])
    holders[1]!.permit!.end()
    for (const waiter of behind) waiter.permit!.end()
    expect([limiter.inFlight, limiter.waiting]).toEqual([0, 0])
  })

  it('when its time is up, does not keep the others from being told', () => {
    const { limiter, clock } = make()
    limiter.tryEnter()
    const told: string[] = []
    limiter.request({ timeoutMs: 10 }, listener([], 'refused'))
    limiter.request({ timeoutMs: 10 }, listener(told))
    expect(() => clock.advance(10)).toThrow('the listener fails')
    clock.advance(1)
    expect(told).toEqual(['refused'])
    expect(limiter.waiting).toBe(0)
  })

  it('when it is aborted, leaves its place to the next', () => {
    const { limiter } = make({ limit: 2 })
    const [first] = [limiter.tryEnter({ cost: 1 })]
    const told: string[] = []
    const costly = limiter.request({ cost: 2 }, listener([], 'aborted'))
    limiter.request({}, listener(told))
    expect(() => costly!.abandon('gone')).toThrow('the listener fails')
    expect(told).toEqual(['admitted'])
    expect(first!.admitted).toBe(true)
  })
})

describe('a judge at the turn', () => {
  it('that throws refuses nobody, and is counted', async () => {
    const atTurn = {
      admits(): boolean {
        throw new Error('no judgement')
      },
    }
    const { limiter } = make({ atTurn })
    const first = limiter.tryEnter()
    const second = limiter.enter()
    if (first.admitted) first.end()
    ;(await second).end()
    expect(limiter.stats()).toMatchObject({ accepted: 2, inFlight: 0, turnFaults: 2 })
  })

  it('that answers with nothing refuses nobody', () => {
    // Told by a program without types.
    const { limiter } = make({ atTurn: { admits: (() => undefined) as unknown as () => boolean } })
    expect(limiter.tryEnter().admitted).toBe(true)
  })
})

describe('a long line of work that is over as soon as it begins', () => {
  it('is served without a deep stack', () => {
    const { limiter } = make({ maxWaiting: 50_000 })
    const first = limiter.tryEnter()
    let served = 0
    const listener: EntryListener = {
      onAdmitted(permit) {
        served++
        permit.end()
      },
      onRefused() {},
      onAborted() {},
    }
    for (let i = 0; i < 50_000; i++) limiter.request({}, listener)
    if (first.admitted) first.end()
    expect([served, limiter.inFlight, limiter.waiting]).toEqual([50_000, 0, 0])
  })
})

describe('an infinite limit', () => {
  it('admits everything at once, counts it, and lets nobody wait', () => {
    const { limiter } = make({ limit: Number.POSITIVE_INFINITY })
    const permits = Array.from({ length: 10_000 }, () => limiter.tryEnter())
    expect(permits.every(({ admitted }) => admitted)).toBe(true)
    expect(limiter.inFlight).toBe(10_000)
    for (const permit of permits) if (permit.admitted) permit.end()
    expect(limiter.stats()).toMatchObject({ inFlight: 0, waiting: 0, limit: Number.POSITIVE_INFINITY })
  })

  it('holds with waiters and waits without bounds', async () => {
    const unbounded = { maxWaiting: Number.POSITIVE_INFINITY, maxWaitMs: Number.POSITIVE_INFINITY }
    const { limiter, clock } = make({ limit: 1, ...unbounded })
    limiter.tryEnter()
    const waiting = limiter.enter({ timeoutMs: Number.POSITIVE_INFINITY })
    await promisesSettled()
    expect([limiter.waiting, clock.pending]).toEqual([1, 0])
    waiting.catch(() => {})
  })
})

describe('a limit that is lowered below what is in flight', () => {
  it('admits nobody until so much has ended, then in order, and its count is never negative', async () => {
    const limit: ConcurrencyLimit & { limit: number } = {
      limit: 4,
      onSample: () => ({ limit: limit.limit, reason: 'queueing' }),
    }
    const { limiter } = make({ limit })
    const permits = await Promise.all(Array.from({ length: 4 }, () => limiter.enter()))
    const [early, late] = [limiter.enter(), limiter.enter()]
    limit.limit = 1
    for (const permit of permits.slice(0, 3)) permit.end()
    await promisesSettled()
    expect([limiter.inFlight, limiter.limit, limiter.waiting]).toEqual([1, 1, 2])
    permits[3]!.end()
    const first = await early
    expect(limiter.inFlight).toBe(1)
    first.end()
    ;(await late).end()
    expect(limiter.inFlight).toBe(0)
  })

  it.each([0, -3, 2.5, Number.NaN, '7'])(
    'is kept as it was where the answer is %j, which is counted',
    (answer) => {
      const onSample = () => ({ limit: answer as number, reason: 'room' }) as const
      const { limiter } = make({ limit: { limit: 2, onSample } })
      const permit = limiter.tryEnter()
      if (permit.admitted) permit.end()
      expect([limiter.limit, limiter.stats().limitFaults]).toEqual([2, 1])
    },
  )
})

describe('an outcome', () => {
  it('that is told again, in whatever form, changes nothing', () => {
    const { limiter } = make({ limit: 2 })
    const [first, second] = [limiter.tryEnter(), limiter.tryEnter()]
    if (!first.admitted || !second.admitted) throw new Error('not admitted')
    first.end('failure')
    first.end('success')
    first.cancel()
    expect(limiter.stats()).toMatchObject({ inFlight: 1, ended: { failure: 1, success: 0, cancelled: 0 } })
  })

  it('that is never told costs its place for maxHoldMs, and no longer; told later, it is not counted again', () => {
    const { limiter, clock } = make({ maxHoldMs: 100, maxWaiting: 0 })
    const lost = limiter.tryEnter()
    clock.advance(99)
    expect(limiter.tryEnter().admitted).toBe(false)
    clock.advance(1)
    expect(limiter.tryEnter().admitted).toBe(true)
    if (lost.admitted) lost.end()
    expect(limiter.stats()).toMatchObject({ inFlight: 1, ended: { overdue: 1, success: 0 } })
  })
})

/** A limiter on a clock that jumps, callers that throw, and what they hold. */
class Scene {
  readonly held: Permit[] = []
  readonly limiter: ConcurrencyLimiter
  readonly #clock = new VirtualClock()
  #offsetMs = 0

  constructor() {
    const clock = {
      nowMs: () => this.#clock.nowMs() + this.#offsetMs,
      schedule: (delayMs: number, callback: () => void) => this.#clock.schedule(delayMs, callback),
    }
    this.limiter = new ConcurrencyLimiter({ limit: aimd({ initial: 3, max: 5 }), maxWaiting: 4, clock })
  }

  do(what: 'enter' | 'throw' | 'end' | number): void {
    if (what === 'end') this.attempt(() => this.held.shift()?.end())
    else if (typeof what === 'number') this.jump(what)
    else this.#enter(what === 'throw' ? 'admitted' : undefined)
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs
    this.attempt(() => this.#clock.advance(Math.abs(byMs) % 50))
  }

  /** What a listener throws reaches the one who made room. */
  attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      expect(String(error)).toContain('the listener fails')
    }
  }

  end(): void {
    while (this.held.length > 0) this.attempt(() => this.held.shift()!.end())
    this.attempt(() => this.#clock.advance(2e6))
  }

  #enter(throwsAt: 'admitted' | undefined): void {
    const made = listener([], throwsAt)
    const onAdmitted = (permit: Permit): void => {
      made.onAdmitted(permit)
      this.held.push(permit)
    }
    const { onRefused, onAborted } = made
    this.attempt(() => this.limiter.request({ timeoutMs: 20 }, { onAdmitted, onRefused, onAborted }))
  }
}

describe('a clock that jumps', () => {
  it('never loses a permit, whatever it does and whoever throws', () => {
    const steps = fc.oneof(fc.constantFrom('enter', 'throw', 'end'), fc.integer({ min: -1e6, max: 1e6 }))
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60 }), (all) => {
        const scene = new Scene()
        for (const step of all) {
          scene.do(step)
          const { received, accepted, refused, abandoned, waiting, inFlight } = scene.limiter.stats()
          const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0)
          expect(received).toBe(accepted + refusals + abandoned + waiting)
          expect(inFlight).toBe(scene.held.length)
        }
        scene.end()
        expect([scene.limiter.inFlight, scene.limiter.waiting, scene.held.length]).toEqual([0, 0, 0])
      }),
    )
  })
})

describe('a newcomer that displaces the one who has waited longest', () => {
  it('has no place in the line when the displaced one made room for it at once', () => {
    const { clock, limiter } = make({ order: 'adaptive-lifo', maxWaiting: 1, standingAfterMs: 10 })
    const first = limiter.tryEnter()
    const told: string[] = []
    const onRefused = (): void => {
      if (first.admitted) first.end()
    }
    limiter.request({}, { ...listener(told), onRefused })
    clock.advance(20)
    expect(limiter.request({}, listener(told))).toBeUndefined()
    expect(told).toEqual(['admitted'])
  })
})
