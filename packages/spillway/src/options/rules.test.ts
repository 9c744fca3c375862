import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { show } from './option-error.ts'
import * as rules from './rules.ts'

interface GateOptions {
  readonly capacity: number
  readonly name?: string | undefined
  readonly timeoutMs?: number | undefined
}

const gateRules: rules.Rules<GateOptions> = {
  capacity: rules.integerFrom(1),
  name: rules.optional(rules.oneOf('left', 'right')),
  timeoutMs: rules.durationMs,
}

const resolve = (given: unknown): GateOptions =>
  // What JavaScript callers pass is not what the type says: that is the subject.
  rules.resolveOptions('SluiceGate', given as GateOptions, gateRules, { timeoutMs: 100 })

describe('resolveOptions', () => {
  it('returns what was given with the defaults filled in, and changes neither', () => {
    const given = { capacity: 3, name: 'left' }
    expect(resolve(given)).toEqual({ capacity: 3, name: 'left', timeoutMs: 100 })
    expect(given).toEqual({ capacity: 3, name: 'left' })
  })

  it('takes undefined for left out', () => {
    expect(resolve({ capacity: 3, name: undefined, timeoutMs: undefined })).toEqual({
      capacity: 3,
      timeoutMs: 100,
    })
  })

  it.each([
    ['a value out of range', { capacity: 0 }, 'option "capacity" must be an integer of at least 1, got 0'],
    ['NaN', { capacity: Number.NaN }, 'option "capacity" must be an integer of at least 1, got NaN'],
    ['a fraction', { capacity: 1.5 }, 'option "capacity" must be an integer of at least 1, got 1.5'],
    ['a number in a text', { capacity: '5' }, 'option "capacity" must be an integer of at least 1, got "5"'],
    ['null', { capacity: null }, 'option "capacity" must be an integer of at least 1, got null'],
    ['a missing option', {}, 'option "capacity" is missing; it must be an integer of at least 1'],
    [
      'an unknown option',
      { capacity: 1, capcity: 2 },
      'unknown option "capcity"; it knows capacity, name, timeoutMs',
    ],
    [
      'a word that is none of the words',
      { capacity: 1, name: 'up' },
      'option "name" must be one of "left", "right", got "up"',
    ],
    [
      'a negative duration',
      { capacity: 1, timeoutMs: -1 },
      'option "timeoutMs" must be a number of milliseconds of at least 0 (Infinity for no bound), got -1',
    ],
    ['no object', 7, 'options must be an object, got 7'],
    ['nothing', undefined, 'options must be an object, got undefined'],
  ])('refuses %s, naming the class, the option and the value', (_what, given, problem) => {
    expect(() => resolve(given)).toThrow(expect.objectContaining({ message: `SluiceGate: ${problem}` }))
  })

  it('throws an error that a program can read', () => {
    let thrown: unknown
    try {
      resolve({ capacity: 0 })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(TypeError)
    expect(thrown).toMatchObject({
      name: 'OptionError',
      code: 'ERR_INVALID_OPTION',
      owner: 'SluiceGate',
      option: 'capacity',
    })
  })

  it('does not take an inherited name for a known option', () => {
    expect(() => resolve({ capacity: 1, toString: 1 })).toThrow('unknown option "toString"')
  })

  it('accepts any options that the rules accept, and names the option it refuses otherwise', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const accepted = value === undefined || gateRules.timeoutMs.accepts(value)
        const attempt = (): unknown => resolve({ capacity: 1, timeoutMs: value })
        if (accepted) expect(attempt()).toMatchObject({ capacity: 1, timeoutMs: value ?? 100 })
        else expect(attempt).toThrow(/^SluiceGate: option "timeoutMs" must be .*, got /)
      }),
    )
  })
})

describe('rules', () => {
  const { POSITIVE_INFINITY: Infinite, NaN: NotANumber } = Number
  const noNumbers = ['1', null, undefined, {}, [], true, 1n, NotANumber]

  it.each([
    ['integerFrom(2)', rules.integerFrom(2), [2, 3, Number.MAX_SAFE_INTEGER], [1, 2.5, Infinite, 2 ** 53]],
    ['integerFrom(1, 3)', rules.integerFrom(1, 3), [1, 2, 3], [0, 4, 1.5, Infinite]],
    ['integerOrInfinityFrom(0)', rules.integerOrInfinityFrom(0), [0, 1, Infinite], [-1, 0.5, -Infinite]],
    ['numberFrom(0)', rules.numberFrom(0), [0, 0.5, 1e9], [-0.1, Infinite]],
    ['numberFrom(0, 1)', rules.numberFrom(0, 1), [0, 0.5, 1], [-0.1, 1.1, Infinite]],
    ['positive', rules.positive, [Number.MIN_VALUE, 1], [0, -1, Infinite]],
    ['durationMs', rules.durationMs, [0, 0.5, Infinite], [-1, -Infinite]],
  ] as const)('%s accepts its numbers and nothing else', (_name, rule, accepted, refused) => {
    expect(accepted.filter((value) => !rule.accepts(value))).toEqual([])
    expect([...refused, ...noNumbers].filter((value) => rule.accepts(value))).toEqual([])
  })

  it('tells functions, booleans, words and objects with methods from anything else', () => {
    expect([rules.aFunction.accepts(() => {}), rules.aFunction.accepts({})]).toEqual([true, false])
    expect([rules.aBoolean.accepts(false), rules.aBoolean.accepts(0)]).toEqual([true, false])
    expect([rules.oneOf('a').accepts('a'), rules.oneOf('a').accepts(['a'])]).toEqual([true, false])
    const clock = { nowMs: () => 0, schedule: () => () => {} }
    expect([rules.aClock.accepts(clock), rules.aClock.accepts({ nowMs: () => 0 })]).toEqual([true, false])
  })

  it.each([
    [rules.integerFrom(1), 'an integer of at least 1'],
    [rules.integerFrom(1, 9), 'an integer from 1 to 9'],
    [rules.integerOrInfinityFrom(1), 'an integer of at least 1, or Infinity'],
    [rules.numberFrom(0), 'a finite number of at least 0'],
    [rules.numberFrom(0, 1), 'a number from 0 to 1'],
    [rules.anObjectWith('nowMs', 'schedule'), 'an object with nowMs and schedule'],
    [rules.optional(rules.aFunction), 'a function'],
  ])('complete the sentence "must be …": $expects', (rule, expects) => {
    expect(rule.expects).toBe(expects)
  })
})

describe('show', () => {
  it.each([
    ['a text', '"a text"'],
    ['two\nlines', '"two\\nlines"'],
    ['x'.repeat(70), `"${'x'.repeat(57)}..."`],
    [() => {}, 'a function'],
    [[1, 2], 'an array'],
    [{ a: 1 }, 'an object'],
    [null, 'null'],
    [10n, '10n'],
    [-0, '0'],
    [Symbol('s'), 'Symbol(s)'],
  ])('shows a value short and on one line', (value, shown) => {
    expect(show(value)).toBe(shown)
  })

  it('never throws and never breaks the line, for any value', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withSparseArray: true }), (value) => {
        expect(show(value)).toMatch(/^.{1,80}$/s)
        expect(show(value)).not.toContain('\n')
      }),
    )
  })
})

describe('the types of options', () => {
  it('make an option with a default a value that is there', () => {
    const resolved = rules.resolveOptions<GateOptions, { timeoutMs: number }>(
      'SluiceGate',
      { capacity: 1 },
      gateRules,
      {
        timeoutMs: 100,
      },
    )
    expectTypeOf(resolved.timeoutMs).toEqualTypeOf<number>()
    expectTypeOf(resolved.name).toEqualTypeOf<string | undefined>()
  })

  it('ask for a rule for every option, and for no other', () => {
    expectTypeOf<keyof rules.Rules<GateOptions>>().toEqualTypeOf<'capacity' | 'name' | 'timeoutMs'>()
    // @ts-expect-error: the rule for timeoutMs is missing
    const incomplete: rules.Rules<GateOptions> = { capacity: rules.integerFrom(1), name: rules.aFunction }
    expect(incomplete).toBeDefined()
  })
})
