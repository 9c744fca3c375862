import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Keyring } from './keyring.ts'

it('says of any key whose it is, and of any other that it is nobody’s', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.string(), (keys, other) => {
      const keyring = new Keyring<number>()
      for (const [owner, key] of keys.entries()) keyring.add(key, owner)
      for (const [owner, key] of keys.entries()) expect(keyring.ownerOf(key)).toBe(owner)
      const at = keys.indexOf(other)
      expect(keyring.ownerOf(other)).toBe(at < 0 ? undefined : at)
    }),
  )
})

it('knows several keys of one owner, and none that is longer than a key', () => {
  const keyring = new Keyring<string>()
  keyring.add('old', 'shop')
  keyring.add('new', 'shop')
  expect(['old', 'new', 'o'.repeat(5000), ''].map((key) => keyring.ownerOf(key))).toEqual([
    'shop',
    'shop',
    undefined,
    undefined,
  ])
})

it('keeps no key', () => {
  const keyring = new Keyring<string>()
  keyring.add('a-secret-that-nobody-may-read', 'shop')
  expect(inspect(keyring, { depth: 9, showHidden: true })).not.toContain('a-secret')
})
