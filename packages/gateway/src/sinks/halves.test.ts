import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Halves } from './halves.ts'
import { DELIVERED, type DeliveryOutcome } from './sink.ts'

const NEVER: DeliveryOutcome = { kind: 'never', cause: new Error('no') }
const AGAIN: DeliveryOutcome = { kind: 'again', cause: new Error('later') }

interface Told {
  readonly given: readonly (readonly number[])[]
  readonly outcomes: ReadonlyMap<number, DeliveryOutcome['kind']>
  readonly inOrder: readonly number[]
}

/** Gives numbers to a target that answers by what it is given, until each has its outcome. */
function tell(items: readonly number[], answer: (part: readonly number[]) => DeliveryOutcome): Told {
  const halves = new Halves(items)
  const given: (readonly number[])[] = []
  const outcomes = new Map<number, DeliveryOutcome['kind']>()
  const inOrder: number[] = []
  for (let part = halves.next; part; part = halves.next) {
    given.push(part)
    const outcome = answer(part)
    for (const item of halves.judge(outcome)) {
      expect(outcomes.has(item)).toBe(false)
      outcomes.set(item, outcome.kind)
      inOrder.push(item)
    }
  }
  return { given, outcomes, inOrder }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

it('gives everything at once, and once, to a target that takes it', () => {
  expect(tell(upTo(100), () => DELIVERED).given).toEqual([upTo(100)])
})

it('finds one that is refused among 100 with 15 deliveries, wherever it is', () => {
  for (const bad of upTo(100)) {
    const { given, outcomes } = tell(upTo(100), (part) => (part.includes(bad) ? NEVER : DELIVERED))
    expect([...outcomes].filter(([, kind]) => kind === 'never')).toEqual([[bad, 'never']])
    expect(outcomes.size).toBe(100)
    expect(given.length).toBeLessThanOrEqual(15)
  }
})

it('refuses any that are refused alone, and only those, in order, with fewer than two deliveries for each', () => {
  const items = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(items, fc.func(fc.boolean()), (count, isBad) => {
      const bad = new Set(upTo(count).filter(isBad))
      const { given, outcomes, inOrder } = tell(upTo(count), (part) =>
        part.some((item) => bad.has(item)) ? NEVER : DELIVERED,
      )
      expect(inOrder).toEqual(upTo(count))
      expect([...outcomes].filter(([, kind]) => kind === 'never').map(([item]) => item)).toEqual([...bad])
      expect(given.length).toBeLessThan(2 * count)
    }),
  )
})

it('delivers any number to a target that takes no more than so many at once', () => {
  const counts = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(counts, counts, (count, most) => {
      const { inOrder, outcomes } = tell(upTo(count), (part) => (part.length > most ? NEVER : DELIVERED))
      expect(inOrder).toEqual(upTo(count))
      expect(new Set(outcomes.values())).toEqual(new Set(['delivered']))
    }),
  )
})

it('asks a target no more that wants to be asked later: all that is left is tried again', () => {
  const answers = [NEVER, DELIVERED, NEVER, AGAIN]
  const { given, outcomes } = tell(upTo(8), () => answers.shift() ?? DELIVERED)
  expect(given).toEqual([upTo(8), [0, 1, 2, 3], [4, 5, 6, 7], [4, 5]])
  expect([...outcomes.values()]).toEqual([...Array(4).fill('delivered'), ...Array(4).fill('again')])
})

it('divides nothing when the refusal is not about what was given', () => {
  const { given, outcomes } = tell(upTo(9), () => ({ ...NEVER, isOfTarget: true }))
  expect(given).toHaveLength(1)
  expect(new Set(outcomes.values())).toEqual(new Set(['never']))
})

it('has nothing to give of nothing', () => {
  expect(new Halves([]).next).toBeUndefined()
})
