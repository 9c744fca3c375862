import { describe, expect, expectTypeOf, it } from 'vitest'
import { ConcurrencyLimiter } from '../../concurrency/concurrency-limiter.ts'
import { OptionError } from '../../options/option-error.ts'
import { RetryBudget } from '../../retry/retry-budget.ts'
import { AdaptiveThrottle } from '../../shedding/adaptive-throttle.ts'
import { VirtualClock } from '../../testing/virtual-clock.ts'
import type { GuardedFetchOptions, GuardedInit } from './fetch-options.ts'
import { guardedFetch } from './guarded-fetch.ts'

type Answer = Response | Error | 'hangs'
const ok = (): Response => new Response('ok')
const no = (status: number, headers: Record<string, string> = {}): Response =>
  new Response('no', { status, headers })

/** A network in virtual time that gives one answer after the other. */
function room(answers: readonly Answer[], options: GuardedFetchOptions = {}) {
  const clock = new VirtualClock()
  const sent: { readonly atMs: number; readonly headers: Headers }[] = []
  const fetch: typeof globalThis.fetch = (_input, init) => {
    const answer = answers[sent.length] ?? ok()
    sent.push({ atMs: clock.nowMs(), headers: new Headers(init?.headers) })
    if (answer instanceof Response) return Promise.resolve(answer)
    if (answer instanceof Error) return Promise.reject(answer)
    return new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    })
  }
  const guarded = guardedFetch({ fetch, clock, backoff: () => 10, ...options })
  const call = async (init: GuardedInit = {}): Promise<Response | Error> => {
    const calling = guarded('http://service/', init).catch((error: Error) => error)
    await clock.advanceAsync(200_000)
    return calling
  }
  return { clock, sent, call, guarded }
}

const statusOf = (answer: Response | Error): unknown =>
  answer instanceof Response ? answer.status : answer.name
const networkDown = (): Error => new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })

describe('guardedFetch', () => {
  it('tries again after 503 and 429, not before the time that the server named', async () => {
    const { call, sent } = room([no(503), no(429, { 'retry-after': '2' })])
    expect(statusOf(await call())).toBe(200)
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 10, 2020])
  })

  it('reads a date of Retry-After against the Date of the server, whatever the clocks here say', async () => {
    const headers = { date: 'Thu, 01 Jan 1970 10:00:00 GMT', 'retry-after': 'Thu, 01 Jan 1970 10:00:05 GMT' }
    const { call, sent } = room([no(503, headers)])
    await call()
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 5010])
  })

  it('returns the refusal itself when there is no further attempt, or the pause is too long', async () => {
    const refusing = room([no(503), no(503), no(503), ok()])
    expect(statusOf(await refusing.call())).toBe(503)
    expect(refusing.sent).toHaveLength(3)
    const patient = room([no(503, { 'retry-after': '3600' })])
    expect(statusOf(await patient.call())).toBe(503)
    expect(patient.sent).toHaveLength(1)
  })

  it.each([
    { what: 'a GET after a network failure', method: 'GET', answer: networkDown(), sent: 2 },
    { what: 'a POST after a network failure', method: 'POST', answer: networkDown(), sent: 1 },
    { what: 'a POST after 503, which may have begun', method: 'POST', answer: no(503), sent: 1 },
    { what: 'a POST after 429, which has not begun', method: 'POST', answer: no(429), sent: 2 },
    { what: 'a GET after 500', method: 'GET', answer: no(500), sent: 1 },
    {
      what: 'a GET after a mistake of the caller',
      method: 'GET',
      answer: new TypeError('bad header'),
      sent: 1,
    },
  ])('sends $what $sent times', async ({ method, answer, sent }) => {
    const network = room([answer])
    await network.call({ method })
    expect(network.sent).toHaveLength(sent)
  })

  it('sends a POST with an Idempotency-Key again, but no stream', async () => {
    const headers = { 'idempotency-key': 'one' }
    const keyed = room([no(503)])
    await keyed.call({ method: 'POST', headers, body: 'text' })
    expect(keyed.sent).toHaveLength(2)
    const streamed = room([no(503)])
    const body = new Blob(['text']).stream()
    await streamed.call({ method: 'POST', headers, body, duplex: 'half' })
    expect(streamed.sent).toHaveLength(1)
  })

  it('passes on what is left of its time, less with each attempt, and never 0', async () => {
    const { call, sent } = room([no(503), no(503)], { marginMs: 5, attempts: 9 })
    await call({ finishWithinMs: 100 })
    expect(sent.map(({ headers }) => headers.get('x-envoy-expected-rq-timeout-ms'))).toEqual([
      '95',
      '85',
      '75',
    ])
    const spent = room([], { marginMs: 100 })
    expect(await spent.call({ finishWithinMs: 100 })).toMatchObject({ code: 'ERR_BUDGET_SPENT' })
    expect(spent.sent).toEqual([])
  })

  it('says that its time is spent when it ran out before another attempt, and no refusal without its body', async () => {
    const { clock, guarded, sent } = room([no(503)])
    const calling = guarded('http://service/', { finishWithinMs: 100 }).catch((error: unknown) => error)
    await clock.advanceAsync(0)
    // The event loop was blocked while it waited.
    clock.step(200)
    await clock.advanceAsync(0)
    expect(await calling).toMatchObject({ code: 'ERR_BUDGET_SPENT' })
    expect(sent).toHaveLength(1)
  })

  it('passes nothing on when told so, or when there is no bound', async () => {
    const silent = room([], { budgetHeader: false })
    await silent.call()
    const unbounded = room([])
    await unbounded.call({ finishWithinMs: Number.POSITIVE_INFINITY })
    for (const { sent } of [silent, unbounded]) {
      expect(sent[0]?.headers.has('x-envoy-expected-rq-timeout-ms')).toBe(false)
    }
  })

  it('gives an attempt up after timeoutMs, tries again, and leaves no timer', async () => {
    const { call, clock, sent } = room(['hangs', 'hangs', 'hangs'], { timeoutMs: 1000 })
    expect(statusOf(await call())).toBe('TimeoutError')
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 1010, 2020])
    expect(clock.pending).toBe(0)
  })

  it('stops at once when its caller gives up', async () => {
    const controller = new AbortController()
    const { clock, guarded, sent } = room(['hangs'])
    const calling = guarded('http://service/', { signal: controller.signal }).catch((error: unknown) => error)
    await clock.advanceAsync(10)
    controller.abort('enough')
    expect(await calling).toBe('enough')
    expect(sent).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('teaches its gate what the server said: refusals and timeouts are failures, the rest is not', async () => {
    const clock = new VirtualClock()
    const gate = new ConcurrencyLimiter({ limit: 4, clock })
    const answers = [no(503), no(429), no(500), ok(), 'hangs', networkDown()] as const
    const { call } = room(answers, { gate, clock, attempts: 1, timeoutMs: 100 })
    for (const _ of answers) {
      const calling = call()
      await clock.advanceAsync(200)
      await calling
    }
    expect(gate.stats().ended).toMatchObject({ failure: 3, success: 2, ignored: 1 })
    expect(gate.inFlight).toBe(0)
  })

  it('stops asking a server that refuses everything', async () => {
    const throttle = new AdaptiveThrottle({ clock: new VirtualClock(), random: () => 0.5 })
    const answers = Array.from({ length: 100 }, () => no(503))
    const { call, sent } = room(answers, { gate: throttle, attempts: 1 })
    for (let i = 0; i < 100; i++) await call()
    expect(sent.length).toBeLessThan(5)
  })

  it('stays within the retry budget that its calls share', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.2, clock: new VirtualClock() })
    const { call, sent } = room(
      Array.from({ length: 100 }, () => no(503)),
      { budget },
    )
    for (let i = 0; i < 10; i++) await call()
    expect(sent).toHaveLength(12)
  })

  it('refuses wrong options by name, and is a fetch by its type', () => {
    expect(() => guardedFetch({ attempts: 0 })).toThrow(OptionError)
    expect(() => guardedFetch({ budgetHeader: 'no header' })).toThrow('guardedFetch: option "budgetHeader"')
    expectTypeOf(guardedFetch()).toBeCallableWith('http://service/', { method: 'POST', finishWithinMs: 100 })
  })
})
