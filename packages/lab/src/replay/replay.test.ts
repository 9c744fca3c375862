import { describe, expect, it } from 'vitest'
import { policyNamed } from '../policies/roster.ts'
import { gatewayStream } from './gateway-stream.ts'
import { type ReplayPlan, replay } from './replay.ts'
import { replaySummary, totalsOf } from './words.ts'

const trace = {
  startMs: Date.UTC(2026, 0, 1),
  binMs: 1000,
  counts: Float64Array.from([100, 100, 2000, 2000, 100, 100]),
  badLines: 0,
  firstBad: undefined,
}

function plan(policy: string): ReplayPlan {
  const makePolicy = policyNamed(policy).make
  return { trace, makePolicy, slots: 16, serviceRate: 800, deadlineMs: 200, scale: 1, seed: 1 }
}

describe('replay', () => {
  it('replays every request, and knows what became of each', async () => {
    const { arrived, prompt, delayed, late, refused } = totalsOf(await replay(plan('processor')))
    expect(arrived).toBe(4400)
    expect(prompt + delayed + late + refused).toBe(arrived)
    expect(refused).toBeGreaterThan(1500)
  })

  it('is the same with the same seed', async () => {
    const [a, b] = [await replay(plan('processor')), await replay(plan('processor'))]
    expect(a.bins).toEqual(b.bins)
  })

  it('shows that an unbounded queue is late where a processor refuses', async () => {
    const totals = totalsOf(await replay(plan('unbounded-queue')))
    expect(totals.refused).toBe(0)
    expect(totals.late).toBeGreaterThan(2000)
  })

  it.each([0.5, 0.1, 3])('multiplies the traffic by %s', async (scale) => {
    const { arrived } = totalsOf(await replay({ ...plan('drop-newest'), scale }))
    expect(arrived).toBe(4400 * scale)
  })

  it('says how much of the work alone takes longer than the deadline, when that is not little', async () => {
    const slow = { ...plan('processor'), serviceRate: 200 }
    expect(replaySummary(await replay(slow), slow, 'processor')[3]).toBe(
      'One piece of work takes 80 ms in the mean (16 slots, 200 a second), so 8.2 % take longer than the deadline of 200 ms by themselves: no policy answers those in time. Fewer slots, or a longer deadline?',
    )
    const quick = plan('processor')
    expect(replaySummary(await replay(quick), quick, 'processor').join()).not.toContain('by themselves')
  })

  it('says when most was lost', async () => {
    const [first, , , loss] = replaySummary(await replay(plan('processor')), plan('processor'), 'processor')
    expect(first).toContain('4,400 requests from 2026-01-01 00:00:00 to 2026-01-01 00:00:06 UTC')
    expect(loss).toMatch(
      /^More than one in a hundred was refused or late in 2 s of it, first at 2026-01-01 00:00:02/,
    )
  })

  it('stops where it is told to, and keeps what it has', async () => {
    const tally = await replay({ ...plan('processor'), signal: AbortSignal.abort() })
    expect(tally.bins).toEqual([])
  })
})

describe('gatewayStream', () => {
  const config =
    'streams: { events: { class: critical, window: { items: 20 }, ingress: { ratePerSecond: 500 } } }'

  it('plays a stream of a configuration: its rate, then its queue', async () => {
    const makePolicy = gatewayStream('gateway.yaml', config, 'events')
    const tally = await replay({ ...plan('processor'), makePolicy })
    expect(tally.refusals.get('ERR_RATE_LIMITED')).toBeGreaterThan(2500)
  })

  it('passes over variables, as they stand in a configuration with secrets', async () => {
    const text = `tenants: [{ name: shop, key: \${SHOP_KEY} }]\n${config}`
    const tally = await replay({
      ...plan('processor'),
      makePolicy: gatewayStream('gateway.yaml', text, 'events'),
    })
    expect(tally.refusals.get('ERR_RATE_LIMITED')).toBeGreaterThan(2500)
  })

  it('fills the backlog of a stored stream, of which the window is only a part', async () => {
    const stored = config.replace(
      'items: 20 }, ingress: { ratePerSecond: 500 }',
      'items: 20 }, backlog: { items: 40000 }',
    )
    const makePolicy = gatewayStream('gateway.yaml', stored, 'events')
    const { refused, late } = totalsOf(await replay({ ...plan('processor'), makePolicy }))
    expect(refused).toBe(0)
    expect(late).toBeGreaterThan(1500)
  })

  it.each<[string, string, RegExp]>([
    ['a stream that is not there', config, /declares no stream "orders"; it has events/],
    [
      'a file that is no YAML',
      'streams: { orders: ',
      /gateway.yaml is no YAML: .*; "spillway check" tells more/s,
    ],
    ['a file without streams', 'listen: 1', /declares no streams/],
    ['a window that is none', 'streams: { orders: { window: 5 } }', /streams.orders.window/],
  ])('refuses %s', (_what, text, sentence) => {
    expect(() => gatewayStream('gateway.yaml', text, 'orders')).toThrow(sentence)
  })
})
