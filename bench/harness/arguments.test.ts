import { describe, expect, it } from 'vitest'
import { readArguments, UsageError } from './arguments.ts'
import { TOPICS } from './benchmark.ts'

describe('readArguments', () => {
  it('measures every topic over five full rounds when nothing is said', () => {
    expect(readArguments([])).toEqual({
      topics: TOPICS,
      scale: 'full',
      rounds: 5,
      pin: undefined,
      write: false,
      action: 'measure',
    })
  })

  it('measures the named topics, in the order of the report', () => {
    expect(readArguments(['rate', 'channel']).topics).toEqual(['channel', 'rate'])
  })

  it('does fewer and shorter rounds with --quick, unless their number is named', () => {
    expect(readArguments(['--quick'])).toMatchObject({ scale: 'quick', rounds: 2 })
    expect(readArguments(['--quick', '--rounds', '9'])).toMatchObject({ scale: 'quick', rounds: 9 })
  })

  it.each([
    ['an unknown topic', ['chanel'], 'unknown topic "chanel"; the topics are clock, channel'],
    ['an unknown option', ['--round', '3'], '--round'],
    ['no rounds', ['--rounds', '0'], '--rounds must be an integer of at least 1, got "0"'],
    ['rounds that are no number', ['--rounds', 'many'], 'got "many"'],
    ['a processor that is no number', ['--pin', '1.5'], '--pin must be an integer of at least 0, got "1.5"'],
  ])('refuses %s, and says why', (_what, given, message) => {
    expect(() => readArguments(given)).toThrow(UsageError)
    expect(() => readArguments(given)).toThrow(message)
  })

  it('refuses to write the tables from a part of the topics, or from a quick run', () => {
    expect(() => readArguments(['rate', '--write'])).toThrow('--write needs every topic')
    expect(() => readArguments(['--quick', '--write'])).toThrow('--write needs every topic')
    expect(readArguments([...TOPICS, '--write']).write).toBe(true)
  })
})
