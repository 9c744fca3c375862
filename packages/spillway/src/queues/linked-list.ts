/**
 * An intrusive doubly linked list: the links live in the nodes, so adding
 * allocates nothing and removing from the middle costs O(1).
 *
 * Floor 1: imports nothing.
 */

/** What a node must carry. A node is in one list at most. */
export interface Linked<T> {
  prev: T | undefined
  next: T | undefined
  /** The list it is in, or `undefined`. */
  list: unknown
}

/** First-in first-out list of nodes, with removal anywhere. Every operation costs O(1). */
export class LinkedList<T extends Linked<T>> {
  head: T | undefined = undefined
  tail: T | undefined = undefined
  size = 0

  /** Adds at the end. */
  pushBack(node: T): void {
    node.prev = this.tail
    node.next = undefined
    node.list = this
    if (this.tail) this.tail.next = node
    else this.head = node
    this.tail = node
    this.size++
  }

  /** Adds at the front. */
  pushFront(node: T): void {
    node.prev = undefined
    node.next = this.head
    node.list = this
    if (this.head) this.head.prev = node
    else this.tail = node
    this.head = node
    this.size++
  }

  /** Takes the first node. */
  shift(): T | undefined {
    const node = this.head
    if (node) this.remove(node)
    return node
  }

  /** Removes `node` if it is in this list, and tells whether it was. */
  remove(node: T): boolean {
    if (node.list !== this) return false
    if (node.prev) node.prev.next = node.next
    else this.head = node.next
    if (node.next) node.next.prev = node.prev
    else this.tail = node.prev
    node.prev = undefined
    node.next = undefined
    node.list = undefined
    this.size--
    return true
  }
}
