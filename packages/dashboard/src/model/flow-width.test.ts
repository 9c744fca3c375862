import fc from 'fast-check'
import { expect, it } from 'vitest'
import { flowWidth } from './flow-width.ts'

it('draws nothing for what does not flow, and is never thinner for more', () => {
  expect([flowWidth(undefined), flowWidth(0)]).toEqual([0, 0])
  const rate = fc.double({ min: 1e-6, max: 1e9, noNaN: true })
  fc.assert(
    fc.property(rate, rate, (a, b) => {
      const [thin, thick] = [flowWidth(Math.min(a, b)), flowWidth(Math.max(a, b))]
      expect(thin).toBeGreaterThanOrEqual(2)
      expect(thick).toBeGreaterThanOrEqual(thin)
      expect(thick).toBeLessThanOrEqual(14)
    }),
  )
})
