import { describe, expect, it } from 'vitest'
import { type SettingSchema, settingRows, withSettingTable } from './setting-table.ts'

const schema: SettingSchema = {
  properties: {
    port: { description: 'The port.', default: 8080, flag: '--port', env: 'PORT' },
    waitMs: { description: 'The wait.', unit: 'ms' },
    owners: {
      description: 'Who.',
      items: { properties: { name: { description: 'A name.' } } },
    },
    sinks: {
      description: 'By name.',
      additionalProperties: {
        oneOf: [
          { properties: { type: { const: 'a', description: 'One.' } } },
          { properties: { type: { const: 'b', description: 'Other.' } } },
        ],
      },
    },
  },
}

describe('the table of settings', () => {
  const rows = [
    '| `port` | `8080` |  | `--port` `PORT` | The port. |',
    '| `waitMs` |  | ms |  | The wait. |',
    '| `owners` |  |  |  | Who. |',
    '| `owners[].name` |  |  |  | A name. |',
    '| `sinks` |  |  |  | By name. |',
    '| `sinks.NAME.type: a` |  |  |  | One. |',
    '| `sinks.NAME.type: b` |  |  |  | Other. |',
  ]

  it('has a row for each setting, also in lists, under names and in variants', () => {
    expect(settingRows(schema, '')).toEqual(rows)
  })

  it('takes the place of the one in the page, and nothing else', () => {
    const page = 'Before.\n\n| setting | old |\n|---|---|\n| `gone` | $& |\n\nAfter.\n'
    const head = '| setting | default | unit | option and variable | meaning |\n|---|---|---|---|---|'
    expect(withSettingTable(page, schema)).toBe(`Before.\n\n${head}\n${rows.join('\n')}\n\nAfter.\n`)
  })
})
