/**
 * The figure of a hundred machines on one quota is what the lab draws today, and shows what the guide says.
 * `npm run lab -- report --quick --figures docs/guide/figures` draws it anew.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { drawFleets, FLEET_FIGURE, runFleets } from '../src/report/fleet-figure.ts'

const runs = runFleets()

describe('a hundred machines on one leased quota', () => {
  it.each(runs)(
    '$name: they use 95 % of it or more, and in any ten seconds at most what one bucket grants',
    (run) => {
      expect(run.result.usedShare).toBeGreaterThanOrEqual(0.95)
      expect(run.result.worstTenSeconds).toBeLessThanOrEqual(1)
    },
  )

  it('are drawn as the guide shows them', () => {
    const file = new URL(`../../../docs/guide/figures/${FLEET_FIGURE}`, import.meta.url)
    expect(readFileSync(file, 'utf8') === drawFleets(runs), 'draw it anew, and look at it').toBe(true)
  })
})
