import { describe, expect, it } from 'vitest'
import { OPTION_SOURCES, optionRows, optionsPage } from './option-tables.ts'

const code = `
export interface Opts {
  /** How many
   * there may be. */
  readonly count: number
  /** The clock. @defaultValue \`systemClock\` */
  readonly clock?: Clock | undefined
  /** Told. */
  readonly onDrop?: ((why: 'a' | 'b') => void) | undefined
}`

describe('the tables of options', () => {
  it('take name, type, default and meaning from the code', () => {
    expect(optionRows(code, 'Opts')).toEqual([
      { name: 'count', type: 'number', defaultValue: 'required', meaning: 'How many there may be.' },
      { name: 'clock', type: 'Clock', defaultValue: '`systemClock`', meaning: 'The clock.' },
      { name: 'onDrop', type: "((why: 'a' | 'b') => void)", defaultValue: 'none', meaning: 'Told.' },
    ])
  })

  it('complain of an interface that is not there', () => {
    expect(() => optionRows(code, 'Other')).toThrow('there is no interface Other')
  })

  it('know every option of the classes they show', () => {
    const page = optionsPage(OPTION_SOURCES)
    for (const option of ['whenFull', 'maxQueueMs', 'ratePerSecond', 'maxKeys', 'order', 'finishWithinMs']) {
      expect(page).toContain(`| \`${option}\` |`)
    }
  })
})
