import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Timed, TimeHeap } from './time-heap.ts'

class Node implements Timed {
  heapIndex = -1
  heapOrder = 0
  atMs: number

  constructor(atMs: number) {
    this.atMs = atMs
  }
}

function bytesInUse(): number {
  setFlagsFromString('--expose-gc')
  for (let i = 0; i < 2; i++) runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

function drain(heap: TimeHeap<Node>): Node[] {
  const nodes: Node[] = []
  for (let first = heap.first; first; first = heap.first) {
    heap.remove(first)
    nodes.push(first)
  }
  return nodes
}

describe('TimeHeap', () => {
  it('has the earliest first, and equal times in order of arrival', () => {
    const heap = new TimeHeap<Node>()
    const nodes = [5, 3, 5, 1, 3, 5].map((atMs) => new Node(atMs))
    for (const node of nodes) heap.add(node)
    const [a, b, c, d, e, f] = nodes
    expect(drain(heap)).toEqual([d, b, e, a, c, f])
  })

  it('removes a node once, and none that it does not hold', () => {
    const [heap, other] = [new TimeHeap<Node>(), new TimeHeap<Node>()]
    const [node, stranger] = [new Node(1), new Node(1)]
    heap.add(node)
    other.add(stranger)
    expect(heap.remove(stranger)).toBe(false)
    expect([heap.remove(node), heap.remove(node), heap.size, other.size]).toEqual([true, false, 0, 1])
  })

  it('lets go of its table when it is empty after a flood', () => {
    const heap = new TimeHeap<Node>()
    const nodes = Array.from({ length: 1_000_000 }, (_, atMs) => new Node(atMs))
    const before = bytesInUse()
    for (const node of nodes) heap.add(node)
    for (const node of nodes.toReversed()) heap.remove(node)
    expect(bytesInUse() - before).toBeLessThan(4_000_000)
    heap.add(nodes[0]!)
    expect([heap.size, heap.first, nodes[1]!.heapIndex]).toEqual([1, nodes[0], -1])
  })

  it('takes a node back after it was removed', () => {
    const heap = new TimeHeap<Node>()
    const node = new Node(7)
    heap.add(node)
    heap.remove(node)
    node.atMs = 3
    heap.add(node)
    expect([heap.first, heap.size]).toEqual([node, 1])
  })

  it('stays in order after any additions and any removals from its middle', () => {
    const anyStep = fc.tuple(fc.boolean(), fc.nat({ max: 30 }))
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
        const heap = new TimeHeap<Node>()
        const held: Node[] = []
        for (const [isAddition, number] of steps) {
          if (isAddition || held.length === 0) {
            const node = new Node(number)
            heap.add(node)
            held.push(node)
          } else {
            const [removed] = held.splice(number % held.length, 1)
            expect(heap.remove(removed!)).toBe(true)
          }
          expect(heap.size).toBe(held.length)
        }
        // A stable sort of those that are left, which are in order of arrival.
        expect(drain(heap)).toEqual(held.toSorted((a, b) => a.atMs - b.atMs))
      }),
    )
  })
})
