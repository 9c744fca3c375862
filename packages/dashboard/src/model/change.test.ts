import { describe, expect, it } from 'vitest'
import { streamState } from '../testing/states.ts'
import { describeSetting, parseChange, type SettingName, typedFrom } from './change.ts'

const off = { isOn: false, first: '', second: '' }
const on = (first: string, second = ''): typeof off => ({ isOn: true, first, second }) as typeof off

describe('a form', () => {
  it.each([
    ['rate', off, { rate: null }],
    ['rate', on('200', '4'), { rate: { ratePerSecond: 200, burst: 4 } }],
    ['rate', on('200'), { rate: { ratePerSecond: 200, burst: 4 } }],
    ['rate', on(' 0.5 '), { rate: { ratePerSecond: 0.5, burst: 1 } }],
    ['ingress', on('99.5'), { ingress: { ratePerSecond: 99.5, burst: 100 } }],
    ['windowItems', on('500'), { windowItems: 500 }],
    ['concurrency', { ...off, first: '8' }, { concurrency: 8 }],
    ['concurrency', on('1', '64'), { concurrency: { min: 1, max: 64 } }],
  ] as const)('of %s, %o, asks for %o', (name, typed, change) => {
    expect(parseChange(name, typed)).toEqual({ ok: true, change })
  })

  it.each([
    ['rate', on('')],
    ['rate', on('0')],
    ['rate', on('-3')],
    ['rate', on('1e9')],
    ['rate', on('Infinity')],
    ['ingress', on('5', '0')],
    ['ingress', on('5', '1.5')],
    ['windowItems', on('0')],
    ['windowItems', on('99999999999999999999')],
    ['concurrency', { ...off, first: 'many' }],
    ['concurrency', on('5', '4')],
  ] as const)('of %s, %o, is refused with a sentence', (name, typed) => {
    expect(parseChange(name, typed)).toEqual({ ok: false, fault: expect.stringMatching(/must .*[.]$/) })
  })

  it('begins with what is now: sent as it is, it changes nothing', () => {
    const { settings } = streamState({
      settings: { ingress: { ratePerSecond: 5, burst: 9 }, concurrency: { min: 2, max: 8 } },
    })
    for (const name of ['rate', 'ingress', 'windowItems', 'concurrency'] satisfies SettingName[]) {
      const parsed = parseChange(name, typedFrom(name, settings))
      expect(parsed).toEqual({ ok: true, change: { [name]: settings[name] } })
    }
  })
})

it.each([
  ['rate', { rate: null }, 'no limit'],
  ['ingress', { ingress: { ratePerSecond: 200, burst: 4 } }, '200 a second, bursts of 4'],
  ['windowItems', { windowItems: 500 }, '500 events'],
  ['concurrency', { concurrency: 8 }, '8 at once'],
  ['concurrency', { concurrency: { min: 1, max: 64 } }, 'learned, 1 to 64 at once'],
] as const)('a setting is told in words: %s %o, "%s"', (name, settings, words) => {
  expect(describeSetting(name, settings)).toBe(words)
})
