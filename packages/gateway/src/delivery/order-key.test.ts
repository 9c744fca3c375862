import { expect, it } from 'vitest'
import { orderKeyAt } from './order-key.ts'

const payload = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

it.each([
  ['/customer/id', { customer: { id: 'c7' } }, 'c7'],
  ['/n', { n: 12 }, '12'],
  ['/list/1', { list: ['a', true] }, 'true'],
  ['/a~1b/m~0n', { 'a/b': { 'm~n': 'escaped' } }, 'escaped'],
  ['/customer/id', { customer: null }, undefined],
  ['/customer', { customer: { id: 1 } }, undefined],
  ['/__proto__/x', {}, undefined],
  ['/constructor/name', {}, undefined],
])('finds at %s in %j the key %j', (pointer, value, key) => {
  expect(orderKeyAt(pointer)(payload(value))).toBe(key)
})

it('finds no key in what is no JSON', () => {
  expect(orderKeyAt('/a')(Buffer.from('<a/>'))).toBeUndefined()
})
