import { describe, expect, it } from 'vitest'
import type { CallbackGate, EntryListener, Waiting } from '../gate/callback-gate.ts'
import type { Ask, Permit } from '../gate/gate.ts'
import { OptionError } from '../options/option-error.ts'
import type { WaitOptions } from '../options/wait-options.ts'
import { VirtualClock } from '../testing/virtual-clock.ts'
import { KeyedRateLimiter } from './keyed-rate-limiter.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { RateStats } from './rate-stats.ts'

const LIMIT = { ratePerSecond: 10, burst: 2, maxWaiting: 3 }

type Limiter = CallbackGate & { stats(): RateStats }

const LIMITERS: readonly [string, (clock: VirtualClock) => Limiter][] = [
  ['a RateLimiter', (clock) => new RateLimiter({ ...LIMIT, clock })],
  ['a KeyedRateLimiter', (clock) => new KeyedRateLimiter({ ...LIMIT, maxKeys: 5, clock })],
]

interface Told {
  readonly answers: unknown[]
  readonly permits: Permit[]
  readonly place: Waiting | undefined
}

function ask(gate: CallbackGate, asked: Ask & WaitOptions = {}): Told {
  const answers: unknown[] = []
  const permits: Permit[] = []
  const listener: EntryListener = {
    onAdmitted: (permit) => {
      answers.push('admitted')
      permits.push(permit)
    },
    onRefused: ({ code, retryAfterMs }) => answers.push([code, retryAfterMs]),
    onAborted: (reason) => answers.push(reason),
  }
  const place = gate.request(asked, listener)
  return { answers, permits, place }
}

function expectBalance({ received, accepted, refused, abandoned, waiting }: RateStats): void {
  const refusals = Object.values(refused).reduce((sum, count) => sum + count, 0)
  expect(accepted + refusals + abandoned + waiting).toBe(received)
}

describe.each(LIMITERS)('%s that is asked by callback', (_name, make) => {
  it('answers before it returns when there are tokens, and takes them back when the permit is cancelled', () => {
    const gate = make(new VirtualClock())
    const first = ask(gate)
    expect(first).toMatchObject({ answers: ['admitted'], place: undefined })
    first.permits[0]!.cancel()
    expect([ask(gate), ask(gate)].map(({ answers }) => answers)).toEqual([['admitted'], ['admitted']])
    expect(gate.stats()).toMatchObject({ received: 3, accepted: 3, cancelled: 1 })
  })

  it('tells who waits in the order in which they came, when it is time', () => {
    const clock = new VirtualClock()
    const gate = make(clock)
    ask(gate, { cost: 2 })
    const waiting = [ask(gate), ask(gate)]
    expect(gate.stats().waiting).toBe(2)
    clock.advance(100)
    expect(waiting.map(({ answers }) => answers)).toEqual([['admitted'], []])
    clock.advance(100)
    expect(waiting.map(({ answers }) => answers)).toEqual([['admitted'], ['admitted']])
    expectBalance(gate.stats())
    expect(clock.pending).toBe(0)
  })

  it.each<[string, Ask & WaitOptions, string]>([
    ['may not wait', { timeoutMs: 0 }, 'ERR_RATE_LIMITED'],
    ['may not wait so long', { timeoutMs: 99 }, 'ERR_RATE_LIMITED'],
    ['asks for more than the burst', { cost: 3 }, 'ERR_COST_EXCEEDS_BURST'],
  ])('refuses who %s, before it returns, as enter does', async (_who, asked, code) => {
    const gate = make(new VirtualClock())
    ask(gate, { cost: 2 })
    const error = await gate.enter(asked).catch((fault: unknown) => fault)
    const told = ask(gate, asked)
    expect(error).toMatchObject({ code })
    expect(told).toMatchObject({ answers: [[code, Object(error).retryAfterMs]], place: undefined })
    expectBalance(gate.stats())
  })

  it('refuses who would be one too many, as enter does', async () => {
    const gate = make(new VirtualClock())
    ask(gate, { cost: 2 })
    for (let i = 0; i < LIMIT.maxWaiting; i++) ask(gate)
    const error = await gate.enter().catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code: 'ERR_TOO_MANY_WAITING', retryAfterMs: 100 })
    expect(ask(gate).answers).toEqual([['ERR_TOO_MANY_WAITING', 100]])
  })

  it('lets who waits leave, once, and gives the tokens back', () => {
    const clock = new VirtualClock()
    const gate = make(clock)
    ask(gate, { cost: 2 })
    const { answers, place } = ask(gate, { signal: new AbortController().signal })
    place?.abandon('left')
    place?.abandon('again')
    expect(answers).toEqual(['left'])
    clock.advance(100)
    expect(ask(gate, { timeoutMs: 0 }).answers).toEqual(['admitted'])
    expect(gate.stats()).toMatchObject({ abandoned: 1, waiting: 0 })
    expectBalance(gate.stats())
  })

  it('does not hear of a leave, nor of a signal, that comes after the answer', () => {
    const clock = new VirtualClock()
    const gate = make(clock)
    const controller = new AbortController()
    ask(gate, { cost: 2 })
    const { answers, place } = ask(gate, { signal: controller.signal })
    clock.advance(100)
    place?.abandon('left')
    controller.abort('gone')
    expect(answers).toEqual(['admitted'])
  })

  it('lets a signal win, before the call over everything, and during the wait', () => {
    const gate = make(new VirtualClock())
    expect(ask(gate, { signal: AbortSignal.abort('gone'), cost: -1 }).answers).toEqual(['gone'])
    const controller = new AbortController()
    ask(gate, { cost: 2 })
    const { answers } = ask(gate, { signal: controller.signal })
    controller.abort('later')
    expect(answers).toEqual(['later'])
    expect(gate.stats()).toMatchObject({ accepted: 1, abandoned: 2 })
  })

  it('gives back what a listener that throws has not taken, and throws what it throws', () => {
    const gate = make(new VirtualClock())
    const failing: EntryListener = {
      onAdmitted: () => {
        throw new Error('no')
      },
      onRefused() {},
      onAborted() {},
    }
    expect(() => gate.request({ cost: 2 }, failing)).toThrow('no')
    expect(ask(gate, { cost: 2 }).answers).toEqual(['admitted'])
  })

  it('counts what a listener asks in its turn against the same tokens', () => {
    const gate = make(new VirtualClock())
    const within: unknown[] = []
    gate.request(
      { cost: 2 },
      {
        onAdmitted: () => within.push(...ask(gate, { timeoutMs: 0 }).answers),
        onRefused() {},
        onAborted() {},
      },
    )
    expect(within).toEqual([['ERR_RATE_LIMITED', 100]])
  })

  it('takes nothing for a wrong ask', () => {
    const gate = make(new VirtualClock())
    expect(() => ask(gate, { cost: -1 })).toThrow(OptionError)
    expect(() => ask(gate, { timeoutMs: Number.NaN })).toThrow(OptionError)
    expect(ask(gate, { cost: 2 }).answers).toEqual(['admitted'])
  })
})
