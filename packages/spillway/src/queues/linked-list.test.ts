import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Linked, LinkedList } from './linked-list.ts'

class Node implements Linked<Node> {
  prev: Node | undefined = undefined
  next: Node | undefined = undefined
  list: unknown = undefined
  readonly name: number

  constructor(name: number) {
    this.name = name
  }
}

function forwards(list: LinkedList<Node>): number[] {
  const names: number[] = []
  for (let node = list.head; node; node = node.next) names.push(node.name)
  return names
}

function backwards(list: LinkedList<Node>): number[] {
  const names: number[] = []
  for (let node = list.tail; node; node = node.prev) names.push(node.name)
  return names
}

describe('LinkedList', () => {
  it('is first in, first out, and empty at the end', () => {
    const list = new LinkedList<Node>()
    for (const name of [1, 2, 3]) list.pushBack(new Node(name))
    expect([list.shift()?.name, list.shift()?.name, list.shift()?.name, list.shift()]).toEqual([
      1,
      2,
      3,
      undefined,
    ])
    expect([list.size, list.head, list.tail]).toEqual([0, undefined, undefined])
  })

  it('removes a node once, and only from the list that it is in', () => {
    const [list, other] = [new LinkedList<Node>(), new LinkedList<Node>()]
    const node = new Node(1)
    list.pushBack(node)
    expect([other.remove(node), list.remove(node), list.remove(node)]).toEqual([false, true, false])
    other.pushBack(node)
    expect([list.size, other.size]).toEqual([0, 1])
  })

  it('agrees with an array after any sequence of additions and removals, read from either end', () => {
    const anyStep = fc.tuple(fc.constantFrom('back', 'front', 'shift', 'remove'), fc.nat({ max: 20 }))
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const list = new LinkedList<Node>()
        const model: Node[] = []
        for (const [index, [step, place]] of steps.entries()) {
          const node = new Node(index)
          if (step === 'back') {
            list.pushBack(node)
            model.push(node)
          } else if (step === 'front') {
            list.pushFront(node)
            model.unshift(node)
          } else if (step === 'shift') {
            expect(list.shift()).toBe(model.shift())
          } else if (model.length > 0) {
            const [removed] = model.splice(place % model.length, 1)
            expect(list.remove(removed!)).toBe(true)
          }
        }
        const names = model.map((node) => node.name)
        expect([list.size, forwards(list), backwards(list)]).toEqual([
          names.length,
          names,
          names.toReversed(),
        ])
      }),
    )
  })
})
