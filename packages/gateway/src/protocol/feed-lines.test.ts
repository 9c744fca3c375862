import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FeedBlock, FeedLines } from './feed-lines.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload)
const read = ({ lines, fault }: FeedBlock): unknown => [
  lines.map(({ line, payload }) => `${line} ${text(payload)}`),
  ...(fault ? [fault] : []),
]

describe('the lines of a feed', () => {
  it('are events once their line feed has come', () => {
    const feed = new FeedLines(100)
    expect(read(feed.push(bytes('{"a":1}\n{"a":')))).toEqual([['1 {"a":1}']])
    expect([feed.line, feed.heldBytes]).toEqual([2, 5])
    expect(read(feed.push(bytes('2')))).toEqual([[]])
    expect(read(feed.push(bytes('}\n')))).toEqual([['2 {"a":2}']])
    expect(feed.heldBytes).toBe(0)
  })

  it('are any JSON value, without the white space around it; blank lines are counted and passed over', () => {
    const feed = new FeedLines(100)
    expect(read(feed.push(bytes('\n 1 \r\n\t\n"two"\n[3]\n')))).toEqual([['2 1', '4 "two"', '5 [3]']])
  })

  it('need no line feed at the end of the feed', () => {
    const feed = new FeedLines(100)
    feed.push(bytes('1\n2'))
    expect(read(feed.finish())).toEqual([['2 2']])
    expect(read(new FeedLines(100).finish())).toEqual([[]])
  })

  it('end at one that is malformed: those before it are events', () => {
    const feed = new FeedLines(100)
    const fault = { kind: 'malformed', line: 3, problem: 'column 2: unexpected "}", expected a value' }
    expect(read(feed.push(bytes('1\n2\n[}\n4\n')))).toEqual([['1 1', '2 2'], fault])
    const twice = {
      kind: 'malformed',
      line: 1,
      problem: 'column 3: unexpected "2", expected the end of the line',
    }
    expect(read(new FeedLines(9).push(bytes('1 2\n')))).toEqual([[], twice])
  })

  it('end at one that is too long, before its end has come', () => {
    const fault = { kind: 'too-long', line: 2, problem: 'the line is longer than 4 bytes (bodyLimit)' }
    const feed = new FeedLines(4)
    expect(read(feed.push(bytes('1234\n"12')))).toEqual([['1 1234']])
    expect(read(feed.push(bytes('34')))).toEqual([[], fault])
    expect(read(new FeedLines(4).push(bytes('1\n"1234"\n')))).toEqual([['1 1'], fault])
  })

  it('are the same, however the bytes are cut', () => {
    const anyText = fc.array(fc.oneof(fc.json({ maxDepth: 2 }), fc.constantFrom('', ' ', '{', 'ä€😀')))
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(20)), (texts, cuts) => {
        const whole = bytes(texts.join('\n'))
        expect(eventsOf(whole, cuts)).toEqual(eventsOf(whole, []))
      }),
    )
  })
})

/** Everything a feed yields when it comes in pieces of these sizes. */
function eventsOf(whole: Uint8Array, sizes: readonly number[]): unknown {
  const feed = new FeedLines(1000)
  const found: unknown[] = []
  let at = 0
  for (const size of [...sizes, whole.length]) {
    const block = feed.push(whole.subarray(at, at + size))
    at = Math.min(whole.length, at + size)
    found.push(...block.lines.map(({ line, payload }) => [line, text(payload)]))
    if (block.fault) return [...found, block.fault]
  }
  const { lines, fault } = feed.finish()
  return [...found, ...lines.map(({ line, payload }) => [line, text(payload)]), fault]
}
