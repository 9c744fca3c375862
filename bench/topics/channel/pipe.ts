/**
 * The producer and the consumer that the channel benchmarks have in common.
 */
import { ITEM, type Item } from '../waiting-producer.ts'

/** How many items may be on their way. */
export const CAPACITY = 1024

/** Puts `count` items, one awaited call each. */
export async function produce(count: number, put: (item: Item) => unknown): Promise<void> {
  for (let i = 0; i < count; i++) await put(ITEM)
}

/** Takes items until the end and adds their values up. */
export async function consume(source: AsyncIterable<Item>): Promise<number> {
  let sum = 0
  for await (const item of source) sum += item.value
  return sum
}
