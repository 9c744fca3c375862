/**
 * Keys whose next event waits for a retry: later events of the key wait behind
 * it, in order; every other key goes on.
 *
 * Only numbers are kept, at most one for each event of the backlog. Pure;
 * imports nothing.
 */

interface Block {
  /** The event that goes first. */
  head: number
  /** Those behind it; the ones before `next` have gone already. */
  behind: number[]
  next: number
}

/** How many that have gone may still be held in the list. */
const SLACK = 1024

/** The blocked keys of a stream. */
export class KeyBlocks {
  readonly #blocks = new Map<string, Block>()

  /** Whether an event may be delivered now. If not, it waits behind the one that blocks its key. */
  mayGo(key: string, seq: number): boolean {
    const block = this.#blocks.get(key)
    if (!block || block.head === seq) return true
    block.behind.push(seq)
    return false
  }

  /** An event waits for its retry: later events of its key wait for it. */
  block(key: string, seq: number): void {
    if (!this.#blocks.has(key)) this.#blocks.set(key, { head: seq, behind: [], next: 0 })
  }

  /** An event is done with. Returns the next of its key, which goes first now, if there is one. */
  release(key: string, seq: number): number | undefined {
    const block = this.#blocks.get(key)
    if (block?.head !== seq) return undefined
    const next = block.behind[block.next++]
    if (next === undefined) {
      this.#blocks.delete(key)
      return undefined
    }
    block.head = next
    if (block.next > SLACK) {
      block.behind = block.behind.slice(block.next)
      block.next = 0
    }
    return next
  }
}
