import { OptionError } from 'spillway'
import { describe, expect, it } from 'vitest'
import { LeasedRateLimiter, RedisRateLimiter } from '../index.ts'

const redis = { evalSha: async () => [1, 0, '1'], eval: async () => [1, 0, '1'] }
const right = { redis, name: 'api', ratePerSecond: 100, burst: 100, whenUnavailable: 'refuse' } as const

/** What is said of the options when one of them is changed. */
function said(Limiter: typeof RedisRateLimiter | typeof LeasedRateLimiter, change: object): string {
  try {
    new Limiter({ ...right, ...change })
    return 'nothing'
  } catch (error) {
    expect(error).toBeInstanceOf(OptionError)
    return String(error)
  }
}

describe.each([RedisRateLimiter, LeasedRateLimiter])('the options of %o', (Limiter) => {
  it('will do', () => {
    expect(said(Limiter, {})).toBe('nothing')
    expect(said(Limiter, { whenUnavailable: { local: { share: 0.5 } } })).toBe('nothing')
  })

  it.each([
    [{ whenUnavailable: undefined }, 'option "whenUnavailable" is missing; it must be "refuse", "allow" or'],
    [
      { whenUnavailable: 'local' },
      'option "whenUnavailable" must be "refuse", "allow" or { local: { share } }',
    ],
    [{ whenUnavailable: { local: {} } }, 'option "whenUnavailable.local.share" must be a number above 0'],
    [{ whenUnavailable: { local: { share: 1.1 } } }, 'must be a number above 0 and at most 1, got 1.1'],
    [{ whenUnavailable: { local: { share: 1, nodes: 2 } } }, 'unknown option "whenUnavailable.local.nodes"'],
    [
      { whenUnavailable: { local: { share: 1, maxKeys: 0 } } },
      'maxKeys" must be an integer of at least 1, got 0',
    ],
    [{ ratePerSecond: 0 }, 'option "ratePerSecond" must be a number above 0, from 1e-6 to 1e12, got 0'],
    [{ ratePerSecond: Number.NaN }, 'got NaN'],
    [{ ratePerSecond: Number.POSITIVE_INFINITY }, 'got Infinity'],
    [{ burst: 0.5 }, 'option "burst" must be an integer from 1 to 1e12, got 0.5'],
    [{ name: 'a:b' }, 'option "name" must be a text of 1 to 200 characters without a colon, got "a:b"'],
    [{ name: '' }, 'option "name"'],
    [{ callTimeoutMs: 0 }, 'option "callTimeoutMs" must be a finite number above 0, got 0'],
    [{ maxWaiting: -1 }, 'option "maxWaiting" must be an integer of at least 0, got -1'],
    [{ redis: {} }, 'option "redis" must be made by fromIoredis(client) or fromNodeRedis(client)'],
    [{ clock: {} }, 'option "clock"'],
    [{ rate: 5 }, 'unknown option "rate"; it knows redis, name'],
  ])('%o is refused by name', (change, message) => {
    expect(said(Limiter, change)).toContain(`${Limiter.name}: `)
    expect(said(Limiter, change)).toContain(message)
  })
})
