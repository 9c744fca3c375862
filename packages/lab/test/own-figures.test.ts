/**
 * The figures of the guide that make their own runs are what the lab draws today, and show what their pages say.
 * `npm run lab -- report --quick --figures docs/guide/figures` draws them anew.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { CHANNEL_FIGURE, type ChannelRun, drawChannels, runChannels } from '../src/report/channel-figure.ts'
import { drawIncident, INCIDENT_FIGURE, runIncident, TROUBLES } from '../src/report/incident-figure.ts'
import type { Event } from '../src/sim/journal.ts'

function committed(name: string): string {
  return readFileSync(new URL(`../../../docs/guide/figures/${name}`, import.meta.url), 'utf8')
}

describe('a minute with three troubles', () => {
  const journal = runIncident()
  const [slow, stall, flood] = TROUBLES
  /** Events a second in a trouble, once it has lasted for two seconds. */
  const within = (event: Event, { fromMs, toMs } = slow!): number =>
    (journal.between(event, fromMs + 2000, toMs) * 1000) / (toMs - fromMs - 2000)

  it('shows a slower consumer: as much arrives, less is delivered, the difference is refused', () => {
    expect(within('arrived')).toBeGreaterThan(450)
    expect(within('answered')).toBeLessThan(420)
    expect(within('refused')).toBeCloseTo(within('arrived') - within('answered'), -1.5)
  })

  it('shows a stall: nothing is delivered at all', () => {
    expect(within('answered', stall)).toBe(0)
    expect(within('refused', stall)).toBeGreaterThan(400)
  })

  it('shows a flood: as much is delivered as can be, and more is refused than delivered before', () => {
    expect(within('answered', flood)).toBeGreaterThan(780)
    expect(within('refused', flood)).toBeGreaterThan(500)
  })

  it('shows nothing refused between the troubles', () => {
    for (const [fromMs, toMs] of [
      [0, slow!.fromMs],
      [slow!.toMs + 2000, stall!.fromMs],
      [stall!.toMs + 2000, flood!.fromMs],
      [flood!.toMs + 2000, 60_000],
    ] as const) {
      expect(journal.between('refused', fromMs, toMs)).toBe(0)
    }
  })

  it('is drawn as the guide shows it', () => {
    expect(committed(INCIDENT_FIGURE) === drawIncident(journal), 'draw it anew, and look at it').toBe(true)
  })
})

describe('four ways to send to a full channel', () => {
  let runs: readonly ChannelRun[]
  beforeAll(async () => {
    runs = await runChannels()
  })

  it('as in Go, waiters grow without end; here they are bounded, and what comes too many is refused', () => {
    const [go, send] = runs
    expect(go!.waiting.at(-1)).toBeGreaterThan(1800)
    expect(go!.refused).toBe(0)
    expect(send!.waiting.at(-1)).toBe(1024)
    expect(send!.refused).toBe(go!.waiting.at(-1)! - 1024)
  })

  it('a bound on waiters is no deadline: what is received is seconds old, with a timeout a third of one', () => {
    const [, send, timeout, trying] = runs
    expect(send!.agesMs.at(-1)).toBeGreaterThan(8000)
    expect(Math.max(...timeout!.agesMs)).toBeLessThan(350)
    expect(Math.max(...trying!.agesMs)).toBeLessThan(250)
    expect(Math.max(...trying!.waiting)).toBe(0)
  })

  it('are drawn as the guide shows them', () => {
    expect(committed(CHANNEL_FIGURE) === drawChannels(runs), 'draw it anew, and look at it').toBe(true)
  })
})
