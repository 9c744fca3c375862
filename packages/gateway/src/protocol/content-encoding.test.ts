import { expect, it } from 'vitest'
import { contentCoding } from './content-encoding.ts'

it.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  [' GZip ', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
])('reads %j as %s', (field, coding) => {
  expect(contentCoding(field)).toBe(coding)
})

it.each(['gzip, gzip', 'gzip,br', 'identity, gzip', 'zstd', 'compress', 'gzip;q=1', 'g zip'])(
  'does not take %j',
  (field) => {
    expect(contentCoding(field)).toBeUndefined()
  },
)
