import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Filling, FillOrder, Place } from './fill-order.ts'

class Item extends Place implements Filling {
  fullAtMs: number

  constructor(fullAtMs: number) {
    super()
    this.fullAtMs = fullAtMs
  }
}

const FILL_MS = 1280
const SLOT_MS = 10

describe('FillOrder', () => {
  it('gives nothing when it is empty', () => {
    const order = new FillOrder<Item>(FILL_MS)
    expect([order.firstFull(0), order.fullest(0)]).toEqual([undefined, undefined])
  })

  it('gives the fullest within a slot, at any time, also far in debt, moved and removed', () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'add', 'move', 'remove', 'take'),
      aheadMs: fc.oneof(fc.integer({ min: 0, max: FILL_MS }), fc.integer({ min: 0, max: 20 * FILL_MS })),
      passMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 1e7 })),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.integer({ min: -1e7, max: 1e12 }), fc.array(step), (startMs, steps) => {
        const order = new FillOrder<Item>(FILL_MS)
        const items = new Set<Item>()
        let nowMs = startMs
        for (const { kind, aheadMs, passMs, which } of steps) {
          nowMs += passMs
          const chosen = [...items][which % (items.size || 1)]
          if (kind === 'add' || !chosen) items.add(place(order, new Item(nowMs + aheadMs), nowMs))
          else if (kind === 'move') {
            chosen.fullAtMs = Math.max(nowMs, chosen.fullAtMs) + aheadMs
            place(order, chosen, nowMs)
          } else {
            const gone = kind === 'take' ? order.fullest(nowMs)! : chosen
            order.remove(gone)
            items.delete(gone)
          }
          const leastMs = Math.min(...[...items].map((item) => item.fullAtMs))
          const fullest = order.fullest(nowMs)
          if (items.size === 0) expect(fullest).toBeUndefined()
          else if (leastMs < nowMs - SLOT_MS) expect(fullest!.fullAtMs).toBeLessThanOrEqual(nowMs)
          else if (leastMs < nowMs + 2 * FILL_MS - SLOT_MS)
            expect(fullest!.fullAtMs).toBeLessThan(Math.max(leastMs, nowMs) + SLOT_MS)
        }
      }),
    )
  })

  it('is not confused by time that steps back', () => {
    const order = new FillOrder<Item>(FILL_MS)
    const [late, early] = [place(order, new Item(1500), 1000), place(order, new Item(600), 500)]
    expect(order.fullest(500)).toBe(early)
    order.remove(early)
    expect(order.fullest(2000)).toBe(late)
  })
})

function place(order: FillOrder<Item>, item: Item, nowMs: number): Item {
  order.place(item, nowMs)
  return item
}
