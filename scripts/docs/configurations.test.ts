import { describe, expect, it } from 'vitest'
import { configurationFaults } from './configurations.ts'

const page = (...lines: string[]): string => ['# A page', '', '```yaml', ...lines, '```', ''].join('\n')
const stream = (more: string): string =>
  `  orders: { class: best-effort, window: { items: 5 }, sink: { type: stdout }${more} }`

describe('a configuration in a page', () => {
  it('is right when it can be served, whatever its variables stand for', () => {
    const tenants = 'tenants: [{ name: shop, key: $' + '{SHOP_KEY} }]'
    expect(configurationFaults('page.md', page(tenants, 'streams:', stream(', whenFull: reject')))).toEqual(
      [],
    )
  })

  it('is reported when it cannot, by its line in the page', () => {
    expect(configurationFaults('page.md', page('streams:', stream(', whenFull: wait')))).toEqual([
      expect.stringMatching(/^page\.md:5:\d+ streams\.orders\.whenFull must be one of block, reject/),
    ])
  })

  it('is looked at only where it declares streams', () => {
    expect(configurationFaults('page.md', page('rule_files: [gateway.rules.yml]'))).toEqual([])
  })
})
