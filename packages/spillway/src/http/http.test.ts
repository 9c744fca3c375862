import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OVERLOAD_CODES, type OverloadCode } from '../errors/overload-codes.ts'
import { RateLimitFields } from './rate-limit-fields.ts'
import { RefusalResponder } from './refusal-response.ts'
import { budgetReader, parseGrpcTimeout, parseWholeMs } from './request-budget.ts'
import { retryAfterSeconds } from './retry-after.ts'
import { outcomeOfStatus } from './status-outcome.ts'

const from = (headers: Record<string, string>) => (name: string) => headers[name]

describe('Retry-After', () => {
  it('is a whole number from 1 to the maximum, at least what was asked for as far as that allows', () => {
    const waits = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined })
    const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(waits, fc.integer({ min: 1, max: 600 }), draws, (waitMs, maxS, draw) => {
        const seconds = retryAfterSeconds(waitMs, maxS, () => draw)
        expect(Number.isInteger(seconds)).toBe(true)
        expect(seconds).toBeGreaterThanOrEqual(Math.min(maxS, Math.max(1, (waitMs ?? 0) / 1000)))
        expect(seconds).toBeLessThanOrEqual(maxS)
      }),
    )
  })

  it('differs between clients, so that they do not come back together', () => {
    const drawn = (waitMs?: number) => [0, 0.4, 0.9].map((draw) => retryAfterSeconds(waitMs, 3, () => draw))
    expect(drawn()).toEqual([1, 2, 3])
    expect(drawn(1500)).toEqual([2, 2, 3])
    expect(drawn(60_000)).toEqual([3, 3, 3])
    expect(drawn(Number.POSITIVE_INFINITY)).toEqual([3, 3, 3])
  })
})

describe('RateLimit fields', () => {
  it('are written as the draft has them', () => {
    const fields = new RateLimitFields({ name: 'burst', quota: 100, windowS: 60 })
    expect(fields.policy).toBe('"burst";q=100;w=60')
    expect(fields.exhausted(2)).toBe('"burst";r=0;t=2')
    expect(new RateLimitFields({ name: 'inflight', quota: 16, unit: 'concurrent-requests' }).policy).toBe(
      '"inflight";q=16;qu="concurrent-requests"',
    )
  })

  it('quote what a name holds, and refuse a name that no field can hold', () => {
    expect(new RateLimitFields({ name: 'a"b\\c', quota: 1 }).policy).toBe('"a\\"b\\\\c";q=1')
    expect(() => new RateLimitFields({ name: 'a\r\nset-cookie: x', quota: 1 })).toThrow(
      'policy: option "name"',
    )
  })
})

describe('a quota that no structured field can hold', () => {
  it.each([
    [{ quota: 1e15 }],
    [{ quota: 1, windowS: 1e21 }],
    [{ quota: 1, windowS: Number.POSITIVE_INFINITY }],
  ])('is refused: %o', (policy) => {
    expect(() => new RateLimitFields({ name: 'x', ...policy })).toThrow('999999999999999')
  })
})

describe('RefusalResponder', () => {
  it.each(Object.keys(OVERLOAD_CODES) as OverloadCode[])('answers %s with the status of its row', (code) => {
    const { status, headers, body } = new RefusalResponder({ random: () => 0 }).respond({
      code,
      retryAfterMs: 1500,
    })
    const row = OVERLOAD_CODES[code]
    expect(status).toBe(row.httpStatus)
    expect(headers['content-type']).toBe('application/problem+json')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['retry-after']).toBe(row.retryable ? '2' : undefined)
    expect(JSON.parse(body)).toMatchObject({
      status,
      code,
      retryable: row.retryable,
      started: false,
      detail: row.meaning,
    })
  })

  it('tells of the quota where one is declared', () => {
    const policy = { name: 'per-user', quota: 10, windowS: 1 }
    const { headers, body } = new RefusalResponder({ policy, random: () => 0 }).respond({
      code: 'ERR_RATE_LIMITED',
    })
    expect(headers).toMatchObject({
      'ratelimit-policy': '"per-user";q=10;w=1',
      ratelimit: '"per-user";r=0;t=1',
    })
    expect(JSON.parse(body)).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': ['per-user'],
    })
  })

  it.each([
    ['requests', 'ERR_RATE_LIMITED', true],
    ['requests', 'ERR_CONCURRENCY_LIMITED', false],
    ['content-bytes', 'ERR_SHED', false],
    ['concurrent-requests', 'ERR_CONCURRENCY_LIMITED', true],
    ['concurrent-requests', 'ERR_TOO_MANY_WAITING', true],
    ['concurrent-requests', 'ERR_RATE_LIMITED', false],
  ] as const)('tells of a quota of %s whether %s violated it: %s', (unit, code, isViolated) => {
    const policy = { name: 'mine', quota: 10, unit }
    const { headers, body } = new RefusalResponder({ policy, random: () => 0 }).respond({ code })
    expect(headers['ratelimit-policy']).toContain('"mine";q=10')
    expect(headers['ratelimit']).toBe(isViolated ? '"mine";r=0;t=1' : undefined)
    expect(JSON.parse(body)['violated-policies']).toEqual(isViolated ? ['mine'] : undefined)
  })

  it.each([
    [{ maxRetryAfterS: 0 }],
    [{ maxRetryAfterS: 1.5 }],
    [{ policy: { name: 'x', quota: -1 } }],
    [{ polcy: 1 }],
  ])('refuses %o', (options) => {
    expect(() => new RefusalResponder(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
  })
})

describe('a request budget', () => {
  it.each([
    ['250m', 250],
    ['1S', 1000],
    ['2M', 120_000],
    ['1H', 3_600_000],
    ['1500u', 1.5],
    ['0m', 0],
    ['123456789m', undefined],
    ['-1m', undefined],
    ['1.5S', undefined],
    ['m', undefined],
    ['1S, 2S', undefined],
    [undefined, undefined],
  ])('reads grpc-timeout %s as %s ms', (value, ms) => {
    expect(parseGrpcTimeout(value)).toBe(ms)
  })

  it('takes whole milliseconds, and nothing else', () => {
    for (const wrong of ['', '-5', '1e3', '0x10', ' 5', '5ms', '1, 2', 'NaN', 'Infinity', '9'.repeat(10)]) {
      expect(parseWholeMs(wrong)).toBeUndefined()
    }
    expect(parseWholeMs('999999999')).toBe(999_999_999)
  })

  it("is never above the server's own, and the server's own where none, or nonsense, is named", () => {
    const read = budgetReader({ maxMs: 1000, header: 'x-budget-ms' })
    expect(read(from({}))).toBe(1000)
    expect(read(from({ 'grpc-timeout': '99H' }))).toBe(1000)
    expect(read(from({ 'grpc-timeout': 'soon' }))).toBe(1000)
    expect(read(from({ 'x-envoy-expected-rq-timeout-ms': '300' }))).toBe(300)
    expect(read(from({ 'x-budget-ms': '50', 'grpc-timeout': '1S' }))).toBe(50)
    expect(read(from({ 'x-budget-ms': '-1', 'grpc-timeout': '700m' }))).toBe(700)
  })

  it('never throws and never grants more than the bound, whatever the header holds', () => {
    const read = budgetReader({ maxMs: 1000, header: 'x-budget-ms' })
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (own, grpc, envoy) => {
        const ms = read(
          from({ 'x-budget-ms': own, 'grpc-timeout': grpc, 'x-envoy-expected-rq-timeout-ms': envoy }),
        )
        expect(ms).toBeGreaterThanOrEqual(0)
        expect(ms).toBeLessThanOrEqual(1000)
      }),
    )
  })

  it('refuses a header that could never come', () => {
    expect(() => budgetReader({ maxMs: 1, header: 'X-Upper' })).toThrow('budget: option "header"')
    expect(() => budgetReader({ maxMs: -1 })).toThrow('budget: option "maxMs"')
  })
})

describe('outcomeOfStatus', () => {
  it.each([
    [200, 'success'],
    [304, 'success'],
    [404, 'ignored'],
    [429, 'failure'],
    [500, 'ignored'],
    [503, 'failure'],
    [504, 'failure'],
  ])('reads %i as %s', (status, outcome) => {
    expect(outcomeOfStatus(status)).toBe(outcome)
  })
})
