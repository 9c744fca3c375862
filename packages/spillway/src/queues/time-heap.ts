/**
 * A binary heap of nodes ordered by time, then by arrival; each node knows
 * its place, so that any of them can be removed.
 *
 * Floor 1: imports nothing.
 */

/** What a node must carry. A node is in one heap at most. */
export interface Timed {
  /** When it is due, in milliseconds. Fixed while it is in a heap. */
  atMs: number
  /** Its place in the heap, -1 when in none. */
  heapIndex: number
  /** Breaks ties: set by the heap, in order of arrival. */
  heapOrder: number
}

/** So many nodes are added before an empty heap lets go of its table: `pop` does not shrink it, and it may be large. */
const TABLE_FOR = 1024

/** Earliest first; equal times keep their order of arrival. `add` and `remove` cost O(log n), O(1) for late-comers. */
export class TimeHeap<T extends Timed> {
  #nodes: T[] = []
  #order = 0

  get size(): number {
    return this.#nodes.length
  }

  /** The earliest node. */
  get first(): T | undefined {
    return this.#nodes[0]
  }

  add(node: T): void {
    node.heapOrder = this.#order++
    this.#rise(this.#nodes.push(node) - 1, node)
  }

  /** Removes `node` if it is in the heap, and tells whether it was. */
  remove(node: T): boolean {
    const index = node.heapIndex
    if (index < 0 || this.#nodes[index] !== node) return false
    node.heapIndex = -1
    const last = this.#nodes.pop()!
    if (last === node) {
      if (index === 0 && this.#order >= TABLE_FOR) {
        this.#nodes = []
        this.#order = 0
      }
    } else if (index > 0 && before(last, this.#nodes[(index - 1) >> 1]!)) this.#rise(index, last)
    else this.#sink(index, last)
    return true
  }

  #rise(from: number, node: T): void {
    const nodes = this.#nodes
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = nodes[parentIndex]!
      if (!before(node, parent)) break
      nodes[index] = parent
      parent.heapIndex = index
      index = parentIndex
    }
    nodes[index] = node
    node.heapIndex = index
  }

  #sink(from: number, node: T): void {
    const nodes = this.#nodes
    let index = from
    for (;;) {
      let childIndex = 2 * index + 1
      if (childIndex >= nodes.length) break
      const right = childIndex + 1
      if (right < nodes.length && before(nodes[right]!, nodes[childIndex]!)) childIndex = right
      const child = nodes[childIndex]!
      if (!before(child, node)) break
      nodes[index] = child
      child.heapIndex = index
      index = childIndex
    }
    nodes[index] = node
    node.heapIndex = index
  }
}

function before(a: Timed, b: Timed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.heapOrder < b.heapOrder)
}
