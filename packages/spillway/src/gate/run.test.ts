import { describe, expect, expectTypeOf, it } from 'vitest'
import { OverloadError } from '../errors/overload-error.ts'
import type { AsyncGate, Outcome } from './gate.ts'
import { run } from './run.ts'

/** A gate that admits everything and notes how it ended. */
function openGate(): AsyncGate & { readonly endings: (Outcome | 'cancelled')[] } {
  const endings: (Outcome | 'cancelled')[] = []
  return {
    endings,
    enter: async () => ({
      admitted: true,
      end: (outcome = 'success') => void endings.push(outcome),
      cancel: () => void endings.push('cancelled'),
    }),
  }
}

describe('run', () => {
  it('returns what the work returns, and ends with success', async () => {
    const gate = openGate()
    const result = run(gate, async () => 42)
    expectTypeOf(result).toEqualTypeOf<Promise<number>>()
    expect(await result).toBe(42)
    expect(gate.endings).toEqual(['success'])
  })

  it.each([
    ['a refusal', new OverloadError('ERR_QUEUE_FULL', 'full'), 'failure'],
    ['a timeout', new DOMException('late', 'TimeoutError'), 'failure'],
    ['a socket timeout', Object.assign(new Error('late'), { code: 'ETIMEDOUT' }), 'failure'],
    ['a 503', Object.assign(new Error('busy'), { status: 503 }), 'failure'],
    ['a 429', Object.assign(new Error('busy'), { statusCode: 429 }), 'failure'],
    ['a 500', Object.assign(new Error('bug'), { status: 500 }), 'ignored'],
    ['its own mistake', new TypeError('bug'), 'ignored'],
    ['something that is no error', 'oops', 'ignored'],
  ] as const)(
    'throws what the work throws; %s ends with the right outcome',
    async (_what, thrown, outcome) => {
      const gate = openGate()
      const failing = run(gate, () => {
        throw thrown
      })
      await expect(failing).rejects.toBe(thrown)
      expect(gate.endings).toEqual([outcome])
    },
  )

  it('lets the caller judge a value', async () => {
    const gate = openGate()
    await run(gate, () => ({ status: 503 }), {
      outcomeOf: (settled) => (settled.ok && settled.value.status === 503 ? 'failure' : 'success'),
    })
    expect(gate.endings).toEqual(['failure'])
  })

  it('ends the permit also when the judge throws', async () => {
    const gate = openGate()
    const judged = run(gate, () => 1, {
      outcomeOf: () => {
        throw new Error('no judgement')
      },
    })
    await expect(judged).rejects.toThrow('no judgement')
    expect(gate.endings).toEqual(['ignored'])
  })

  it('starts nothing when refused', async () => {
    const refused = new OverloadError('ERR_RATE_LIMITED', 'no')
    let started = false
    const running = run({ enter: () => Promise.reject(refused) }, () => {
      started = true
    })
    await expect(running).rejects.toBe(refused)
    expect(started).toBe(false)
  })
})
