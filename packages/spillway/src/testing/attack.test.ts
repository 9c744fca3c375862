/**
 * A random attack on gates in one another's way: a shedder and two limiters in a composition, one of them also asked
 * past it, on a clock that jumps, by callers that throw, leave and come back in the middle of being told.
 */
import { getEventListeners } from 'node:events'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aimd } from '../concurrency/aimd.ts'
import { ConcurrencyLimiter } from '../concurrency/concurrency-limiter.ts'
import type { ConcurrencyLimit } from '../concurrency/limit.ts'
import type { CallbackGate, Waiting } from '../gate/callback-gate.ts'
import { ComposedGate } from '../gate/compose.ts'
import type { Ask, Outcome, Permit } from '../gate/gate.ts'
import { OptionError } from '../options/option-error.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { PriorityShedder } from '../shedding/priority-shedder.ts'
import { seededRandom } from './seeded-random.ts'
import { promisesSettled, VirtualClock } from './virtual-clock.ts'

const MAX_LIMIT = 5
const LARGEST_COST = 9
const MAX_WAITING = 4

/** What a caller does while it is told. */
type Manner = 'quiet' | 'throws' | 'asks again' | 'ends another' | 'aborts'
/** How a caller asks. */
type Way = 'request' | 'enter' | 'tryEnter'

interface Caller {
  readonly way: Way
  readonly ask: Ask & Omit<WaitOptions, 'signal'>
  readonly signal: number
  readonly manner: Manner
  readonly direct: boolean
}

type Step =
  | { readonly do: 'ask'; readonly caller: Caller }
  | { readonly do: 'end'; readonly which: number; readonly how: Outcome | 'cancel' | 'nonsense' }
  | { readonly do: 'leave'; readonly which: number }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'pass'; readonly forMs: number }
  | { readonly do: 'settle' }

/** A limit that learns, and throws at every third sample. */
function moodyLimit(): ConcurrencyLimit {
  const limit = aimd({ initial: 3, max: MAX_LIMIT, backoff: 0.5 })
  let samples = 0
  return {
    get limit() {
      return limit.limit
    },
    onSample(sample) {
      if (samples++ % 3 === 2) throw new Error('planned: a sample')
      return limit.onSample(sample)
    },
  }
}

class Scene {
  readonly #time = new VirtualClock(1e6)
  #offsetMs = 0
  readonly #clock = {
    nowMs: () => this.#time.nowMs() + this.#offsetMs,
    schedule: (delayMs: number, callback: () => void) => this.#time.schedule(delayMs, callback),
  }
  readonly #shedder = new PriorityShedder({ clock: this.#clock, random: seededRandom(5) })
  readonly #limiters: readonly ConcurrencyLimiter[]
  readonly #both: ComposedGate
  readonly #signals = [0, 1, 2].map(() => new AbortController())
  /** Permits not ended yet, with what they hold of which limiters. */
  readonly #held: { readonly permit: Permit; readonly cost: number; readonly direct: boolean }[] = []
  readonly #ended: Permit[] = []
  readonly #waiting: Waiting[] = []
  #asked = 0
  #told = 0

  constructor(order: 'fifo' | 'adaptive-lifo') {
    const shared = { order, clock: this.#clock, maxWaiting: MAX_WAITING, maxWaitMs: 60 }
    const onLimit = (): void => {
      throw new Error('planned: told of a limit')
    }
    const first = new ConcurrencyLimiter({ ...shared, limit: moodyLimit(), onLimit, atTurn: this.#shedder })
    const second = new ConcurrencyLimiter({ ...shared, limit: 2 })
    this.#limiters = [first, second]
    this.#both = new ComposedGate([this.#shedder, first, second], { clock: this.#clock })
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'settle') await promisesSettled()
    else this.#attempt(() => this.#act(step))
    this.#checkAtOnce()
  }

  #act(step: Exclude<Step, { do: 'settle' }>): void {
    if (step.do === 'ask') this.#ask(step.caller)
    else if (step.do === 'end') this.#end(step.which, step.how)
    else if (step.do === 'leave') this.#waiting[step.which % this.#waiting.length]?.abandon('left')
    else if (step.do === 'abort') this.#abort(step.which)
    else if (step.do === 'jump') this.#offsetMs += step.byMs
    else this.#time.advance(step.forMs)
  }

  /** What callers throw may reach whoever made room, and nothing else may. */
  #attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof OptionError)) expect(String(error)).toContain('planned')
    }
  }

  #ask(caller: Caller): void {
    const gate: CallbackGate = caller.direct ? this.#limiters[0]! : this.#both
    const { signal } = this.#signals[caller.signal] ?? {}
    const ask = { ...caller.ask, signal }
    if (caller.way === 'tryEnter') {
      const answer = gate.tryEnter(ask)
      if (answer.admitted) this.#keep(answer, caller)
      return
    }
    this.#asked++
    if (caller.way === 'enter') {
      const admitted = (permit: Permit): void => this.#tell(caller, permit)
      gate.enter(ask).then(admitted, () => void this.#told++)
      return
    }
    this.#request(gate, ask, caller)
  }

  #request(gate: CallbackGate, ask: Ask & WaitOptions, caller: Caller): void {
    const toldBefore = this.#told
    try {
      const place = gate.request(ask, {
        onAdmitted: (permit) => this.#tell(caller, permit),
        onRefused: () => this.#tell(caller),
        onAborted: () => this.#tell(caller),
      })
      if (place) this.#waiting.push(place)
    } catch (error) {
      if (error instanceof OptionError && this.#told === toldBefore) this.#told++
      throw error
    }
  }

  #tell(caller: Caller, permit?: Permit): void {
    this.#told++
    // Who throws has not taken its permit; but a promise's caller can't throw into a gate.
    if (caller.manner === 'throws' && caller.way === 'request') throw new Error('planned: a caller')
    if (permit) this.#keep(permit, caller)
    if (caller.manner === 'asks again') this.#attempt(() => this.#ask({ ...caller, manner: 'quiet' }))
    if (caller.manner === 'ends another') this.#attempt(() => this.#end(0, 'failure'))
    if (caller.manner === 'aborts') this.#attempt(() => this.#abort(caller.signal))
  }

  #keep(permit: Permit, { ask, direct }: Caller): void {
    this.#held.push({ permit, cost: ask.cost ?? 1, direct })
  }

  #end(which: number, how: Outcome | 'cancel' | 'nonsense'): void {
    for (const permit of this.#ended) permit.end('failure')
    const [found] = this.#held.splice(which % Math.max(1, this.#held.length), 1)
    if (!found) return
    this.#ended.push(found.permit)
    if (how === 'cancel') found.permit.cancel()
    else found.permit.end(how as Outcome)
  }

  #abort(which: number): void {
    this.#signals[which]?.abort('aborted')
    if (this.#signals[which]) this.#signals[which] = new AbortController()
  }

  #checkAtOnce(): void {
    for (const limiter of this.#limiters) {
      const { received, accepted, refused, abandoned, waiting, inFlight, ended } = limiter.stats()
      const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
      expect(received).toBe(accepted + sum(refused) + abandoned + waiting)
      expect(waiting).toBeLessThanOrEqual(MAX_WAITING)
      expect(inFlight).toBeLessThanOrEqual(Math.max(MAX_LIMIT, LARGEST_COST))
      expect(accepted).toBeGreaterThanOrEqual(sum(ended))
    }
  }

  /** Once every promise has settled, what is in flight is what callers hold: no permit is lost, none is made up. */
  async checkSettled(): Promise<void> {
    await promisesSettled()
    const holding = (direct: boolean): number =>
      this.#held.filter((held) => !held.direct || direct).reduce((sum, { cost }) => sum + cost, 0)
    expect(this.#limiters.map(({ inFlight }) => inFlight)).toEqual([
      expect.closeTo(holding(true), 6),
      expect.closeTo(holding(false), 6),
    ])
  }

  async finish(): Promise<void> {
    await this.checkSettled()
    for (let round = 0; round < 50; round++) {
      while (this.#held.length > 0) this.#attempt(() => this.#end(0, 'success'))
      this.#attempt(() => this.#time.advance(1e7))
      await promisesSettled()
    }
    expect(this.#limiters.map((limiter) => [limiter.inFlight, limiter.waiting])).toEqual([
      [0, 0],
      [0, 0],
    ])
    expect(this.#time.pending).toBe(0)
    expect(this.#told).toBe(this.#asked)
    for (const { signal } of this.#signals) expect(getEventListeners(signal, 'abort')).toEqual([])
  }
}

const caller: fc.Arbitrary<Caller> = fc.record({
  way: fc.constantFrom<Way>('request', 'enter', 'tryEnter'),
  ask: fc.record(
    {
      cost: fc.constantFrom(0, 0.1, 0.3, 1, 1, 1, 2, LARGEST_COST, Number.NaN, -1),
      criticality: fc.constantFrom('critical-plus', 'critical', 'sheddable', 'urgent' as 'critical'),
      key: fc.constantFrom('a', 'b'),
      timeoutMs: fc.constantFrom(0, 5, 30, 1000, Number.NaN),
      finishWithinMs: fc.constantFrom(0, 10, 50, 1000, -1),
    },
    { requiredKeys: [] },
  ),
  signal: fc.nat(5),
  manner: fc.constantFrom<Manner>('quiet', 'quiet', 'throws', 'asks again', 'ends another', 'aborts'),
  direct: fc.boolean(),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ask' as const), caller }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(9),
      how: fc.constantFrom('success', 'failure', 'ignored', 'cancel', 'nonsense'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('leave', 'abort'), which: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('jump' as const), byMs: fc.integer({ min: -1e6, max: 1e6 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), forMs: fc.nat(80) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'settle' as const }) },
)

describe.each(['fifo', 'adaptive-lifo'] as const)('gates under attack, %s', (order) => {
  it('lose no permit, make none up, stay bounded, tell everybody once, and keep nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const scene = new Scene(order)
        for (const [index, each] of steps.entries()) {
          await scene.play(each)
          if (index % 8 === 7) await scene.checkSettled()
        }
        await scene.finish()
      }),
      { numRuns: 300 },
    )
    // On a busy machine as well.
  }, 60_000)
})
