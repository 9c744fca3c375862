// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in texts are the subject
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadConfiguration } from './load-settings.ts'
import { maskOf } from './mask.ts'

const KEY = 'a-key-of-sixteen-characters'

it('puts the names of variables and secrets in the place of their values, in texts and in JSON', () => {
  const text = `dataDir: $\{DIR}/x\nlogLevel: $\{LEVEL}\nadminToken: ${KEY}\ntenants: [{ name: shop, key: $\{SHOP_KEY} }]\n`
  const environment = { DIR: '/var/"lib"', LEVEL: 'info', SHOP_KEY: `${KEY}-longer` }
  const { mask } = loadConfiguration({ name: 'f', text }, [], environment)
  expect(mask(`no file /var/"lib"/x; ${KEY}-longer, ${KEY}, info`)).toBe(
    'no file ${DIR}/x; ${SHOP_KEY}, (adminToken), info',
  )
  expect(mask(JSON.stringify({ path: '/var/"lib"/x' }))).toBe('{"path":"${DIR}/x"}')
})

it('leaves no value of a variable in any text', () => {
  const value = fc.string({ minLength: 8, maxLength: 20 }).filter((text) => !/[${}V]/.test(text))
  fc.assert(
    fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
      const mask = maskOf({}, new Map([['V', secret]]))
      expect(mask(`${before}${secret}${after}${secret}`)).not.toContain(secret)
    }),
  )
})
