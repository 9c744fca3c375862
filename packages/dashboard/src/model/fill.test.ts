import { expect, it } from 'vitest'
import { streamState } from '../testing/states.ts'
import { fillOf, nearerBound } from './fill.ts'

it.each([
  [{ items: 0, maxItems: 100, bytes: 0, maxBytes: 1000 }, 0, 'items'],
  [{ items: 50, maxItems: 100, bytes: 100, maxBytes: 1000 }, 0.5, 'items'],
  [{ items: 50, maxItems: 100, bytes: 900, maxBytes: 1000 }, 0.9, 'bytes'],
  [{ items: 150, maxItems: 100 }, 1, 'items'],
  [{ items: 0, maxItems: 0, bytes: 0, maxBytes: 0 }, 0, 'items'],
] as const)('a stream that holds %o is full to %d, by its %s', (depth, fill, bound) => {
  const stream = streamState({ depth: { ...depth } })
  expect(fillOf(stream)).toBe(fill)
  expect(nearerBound(stream)).toBe(bound)
})
