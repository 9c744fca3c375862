import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Room } from './room.ts'

const MOST = { items: 100, bytes: 1000 }

function roomOf(held: { items: number; bytes: number }, most = MOST): { room: Room; asked: () => number } {
  let asked = 0
  const counts = () => {
    asked++
    return { backlog: { ...held }, committing: { items: 0, bytes: 0 } }
  }
  // Of the counts only these two amounts are looked at.
  const store = { counts } as unknown as ConstructorParameters<typeof Room>[0]
  return { room: new Room(store, () => most), asked: () => asked }
}

it('asks the store once, and again when what was free then is used up', () => {
  const held = { items: 40, bytes: 0 }
  const { room, asked } = roomOf(held)
  for (let taken = 0; taken < 60; taken++) {
    expect(room.has(1, 1)).toBe(true)
    room.use(1, 1)
    held.items++
    held.bytes++
  }
  expect(asked()).toBe(1)
  expect(room.has(1, 1)).toBe(false)
  held.items -= 5
  expect(room.has(5, 1)).toBe(true)
  expect(asked()).toBe(3)
})

it('asks anew once it was told to forget', () => {
  const held = { items: 0, bytes: 0 }
  const { room } = roomOf(held)
  expect(room.has(1, 1)).toBe(true)
  held.items = MOST.items
  room.forget()
  expect(room.has(1, 1)).toBe(false)
})

it('never says yes to more than is free, whatever comes and goes', () => {
  const step = fc.record({ items: fc.integer({ min: 0, max: 30 }), bytes: fc.integer({ min: 0, max: 300 }) })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), step), { maxLength: 50 }), (steps) => {
      const held = { items: 0, bytes: 0 }
      const { room } = roomOf(held)
      for (const [arrives, { items, bytes }] of steps) {
        const fits = held.items + items <= MOST.items && held.bytes + bytes <= MOST.bytes
        if (arrives) {
          expect(room.has(items, bytes)).toBe(fits)
          if (!fits) continue
          room.use(items, bytes)
          held.items += items
          held.bytes += bytes
        } else {
          held.items = Math.max(0, held.items - items)
          held.bytes = Math.max(0, held.bytes - bytes)
        }
      }
    }),
  )
})
