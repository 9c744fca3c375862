import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openWait, waitBoundMs } from './wait-options.ts'

describe('waitBoundMs', () => {
  it('is the smaller of the two bounds, for any bounds, and infinite without one', () => {
    const bound = fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined })
    fc.assert(
      fc.property(bound, bound, (timeoutMs, finishWithinMs) => {
        const expected = Math.min(
          timeoutMs ?? Number.POSITIVE_INFINITY,
          finishWithinMs ?? Number.POSITIVE_INFINITY,
        )
        expect(waitBoundMs('Channel', { timeoutMs, finishWithinMs })).toBe(expected)
      }),
    )
  })

  it.each([
    ['timeoutMs', -1, '-1'],
    ['timeoutMs', Number.NaN, 'NaN'],
    ['finishWithinMs', -0.5, '-0.5'],
    ['timeoutMs', '100', '"100"'],
    ['finishWithinMs', 5n, '5n'],
  ])('refuses %s of %s, naming who was asked, the bound and the value', (option, value, shown) => {
    expect(() => waitBoundMs('Channel.send', { [option]: value })).toThrow(
      `Channel.send: option "${option}" must be a number of milliseconds of at least 0, got ${shown}`,
    )
  })

  it.each([
    [{ signal: {} }, 'option "signal" must be an AbortSignal'],
    [{ signal: 'stop' }, 'option "signal" must be an AbortSignal, got "stop"'],
    [100, 'option "wait" must be an object of bounds, got 100'],
    [null, 'option "wait" must be an object of bounds, got null'],
  ])('refuses what bounds nothing: %o', (wait, message) => {
    expect(() => waitBoundMs('Channel.send', wait as never)).toThrow(`Channel.send: ${message}`)
    expect(() => openWait('Channel.send', wait as never)).toThrow(`Channel.send: ${message}`)
  })
})

describe('openWait', () => {
  it('lets an aborted signal win over a wrong bound', () => {
    const wait = { signal: AbortSignal.abort('gone'), timeoutMs: -1 }
    expect(() => openWait('Channel.send', wait)).toThrow('gone')
  })

  it('asks a signal once whether it has aborted', () => {
    let asked = 0
    const signal = Object.defineProperty(new AbortController().signal, 'aborted', {
      get: () => {
        asked++
        return false
      },
    })
    expect(openWait('Channel.send', { signal, timeoutMs: 5 })).toBe(5)
    expect(asked).toBe(1)
  })
})
